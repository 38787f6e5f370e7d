const api = require('../../api/index');
const { fill } = require('../../lib/loading');
const reporting = require('../../lib/reporting');

/** The audited reports of this person's patients, the newest first. */
Page({
  data: {
    state: /** @type {import('../../lib/loading').ScreenState} */ ('loading'),
    problem: '',
    patients: /** @type {ReturnType<typeof reporting.patients>} */ ([]),
  },

  onShow() {
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    return fill(this, async () => ({ patients: reporting.patients((await api.reports()).items) }));
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { key: string }>} event */
  open(event) {
    wx.navigateTo({ url: `/pages/report/report?key=${encodeURIComponent(event.currentTarget.dataset.key)}` });
  },
});
