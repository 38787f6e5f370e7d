const api = require('../../api/index');
const { fill } = require('../../lib/loading');
const reporting = require('../../lib/reporting');

/** One value of a patient over time, the newest first. */
Page({
  data: {
    state: /** @type {import('../../lib/loading').ScreenState} */ ('loading'),
    problem: '',
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

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    return fill(this, async () => ({ told: reporting.values(await api.reportValues(this.key, this.item)) }));
  },
});
