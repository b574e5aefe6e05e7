import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { KanbanHeader } from "@web/views/kanban/kanban_header";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { kanbanView } from "@web/views/kanban/kanban_view";

export class JourneyKanbanHeader extends KanbanHeader {
    static template = "retention_suite.JourneyKanbanHeader";
}

/**
 * Customers by stage. After a drop it offers to keep the customer there:
 * rules may otherwise move it on with the next run.
 */
export class JourneyKanbanRenderer extends KanbanRenderer {
    static components = { ...KanbanRenderer.components, KanbanHeader: JourneyKanbanHeader };

    setup() {
        super.setup();
        this.notification = useService("notification");
        this.action = useService("action");
    }

    async sortRecordDrop(dataRecordId, dataGroupId, params) {
        const { list } = this.props;
        const isByStage = list.isGrouped && list.groupByField.name === "journey_stage_id";
        const isMoved = isByStage && params.parent?.dataset.id !== dataGroupId;
        const record = list.groups
            ?.flatMap((group) => group.list.records)
            .find((candidate) => candidate.id === dataRecordId);
        await super.sortRecordDrop(dataRecordId, dataGroupId, params);
        if (isMoved && record) {
            this.offerToKeep(record);
        }
    }

    offerToKeep(record) {
        const stage = record.data.journey_stage_id?.display_name;
        if (!stage) {
            return;
        }
        const close = this.notification.add(
            _t("%(customer)s is now in %(stage)s. Rules may move it on.", {
                customer: record.data.partner_id?.display_name || "",
                stage,
            }),
            {
                type: "success",
                buttons: [
                    {
                        name: _t("Keep here until…"),
                        onClick: () => {
                            close();
                            this.action.doAction(
                                "retention_suite.retention_journey_move_action",
                                {
                                    additionalContext: {
                                        default_profile_ids: [record.resId],
                                        default_stage_id: record.data.journey_stage_id.id,
                                    },
                                    onClose: () => this.props.list.model.load(),
                                }
                            );
                        },
                    },
                ],
            }
        );
    }
}

registry.category("views").add("retention_journey_kanban", {
    ...kanbanView,
    Renderer: JourneyKanbanRenderer,
});
