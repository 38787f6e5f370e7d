const api = require('../../api/index');
const { fill } = require('../../lib/loading');
const staying = require('../../lib/staying');

/** The admissions of this person's patients. */
Page({
  data: {
    state: /** @type {import('../../lib/loading').ScreenState} */ ('loading'),
    problem: '',
    admissions: /** @type {ReturnType<typeof staying.admission>[]} */ ([]),
  },

  onShow() {
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    return fill(this, async () => ({ admissions: (await api.admissions()).items.map(staying.admission) }));
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { key: string }>} event */
  open(event) {
    wx.navigateTo({ url: `/pages/admission/admission?key=${encodeURIComponent(event.currentTarget.dataset.key)}` });
  },

  bind() {
    wx.navigateTo({ url: '/pages/bind/bind?admission=1' });
  },
});
