import { registry } from "@web/core/registry";

/**
 * Tells people on the screen what followed from what they did, with a button that
 * opens it: the view that they are in cannot show it.
 */
export const noticeService = {
    dependencies: ["action", "bus_service", "notification"],
    start(env, { action, bus_service: bus, notification }) {
        const shown = {};
        bus.subscribe("retention_suite.notice", (notice) => {
            // a newer one about the same
            shown[notice.key]?.();
            const open = () => {
                close();
                action.doAction(notice.action);
            };
            const button = { name: notice.button, onClick: open, primary: true };
            const close = notification.add(notice.message, {
                type: "info",
                autocloseDelay: 10000,
                buttons: notice.action ? [button] : [],
                onClose: () => delete shown[notice.key],
            });
            shown[notice.key] = close;
        });
        bus.start();
    },
};

registry.category("services").add("retention_suite.notice", noticeService);
