const MODEL = "retention.overview";
const BLOCKS = ["figures", "today", "danger", "stages", "flow", "losses", "cohorts"];

/** What went wrong, in words for people. */
export function errorText(error) {
    return error.data?.message || error.message;
}

/**
 * What the overview shows: each block is asked for by itself, so that one that is
 * slow or fails holds up no other.
 */
export class OverviewModel {
    /**
     * @param {Object} orm the service
     * @param {Object} [saved] what `save` gave, when coming back
     */
    constructor(orm, saved = {}) {
        this.orm = orm;
        this.frame = saved.frame || null;
        this.options = saved.options || {
            period: "month",
            date_from: false,
            date_to: false,
            user_id: false,
            team_id: false,
        };
        this.shown = { isStockTable: false, ...saved.shown };
        this.blocks = {};
        for (const name of BLOCKS) {
            const data = saved.blocks?.[name] || null;
            this.blocks[name] = { data, error: "", isLoading: true, ticket: 0 };
        }
    }

    /** What brings the same picture back. */
    save() {
        const blocks = {};
        for (const name of BLOCKS) {
            blocks[name] = this.blocks[name].data;
        }
        const { frame, options, shown } = this;
        return { frame, options: { ...options }, shown: { ...shown }, blocks };
    }

    async loadFrame() {
        this.frame = await this.call("get_frame");
        return this.frame;
    }

    loadAll() {
        return Promise.all(BLOCKS.map((name) => this.load(name)));
    }

    /** Ask for one block; an answer that is out of date by now is dropped. */
    async load(name) {
        const block = this.blocks[name];
        const ticket = ++block.ticket;
        const answer = { data: null, error: "" };
        block.isLoading = true;
        try {
            answer.data = await this.call("get_block", name, { ...this.options });
        } catch (error) {
            answer.error = errorText(error);
        }
        if (ticket === block.ticket) {
            Object.assign(block, answer, { isLoading: false });
        }
    }

    setOptions(changes) {
        Object.assign(this.options, changes);
        return this.loadAll();
    }

    /** The action with the records behind a figure or a part of a chart. */
    getAction(name, key = false, secondKey = false) {
        return this.call("get_action", name, { ...this.options }, key, secondKey);
    }

    call(method, ...args) {
        return this.orm.silent.call(MODEL, method, args);
    }
}
