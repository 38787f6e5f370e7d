const api = require('../../api/index');
const { LOADING, fill, whenPulled } = require('../../lib/loading');
const reporting = require('../../lib/reporting');

/** One value of a patient over time, the newest first. */
Page({
  ...whenPulled,
  data: {
    ...LOADING,
    told: /** @type {ReturnType<typeof reporting.values> | null} */ (null),
  },
  key: '',
  item: '',

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.key = decodeURIComponent(query.key || '');
    this.item = decodeURIComponent(query.item || '');
    return this.load();
  },

  load() {
    return fill(this, async () => ({ told: reporting.values(await api.reportValues(this.key, this.item)) }));
  },
});
