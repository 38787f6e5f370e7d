const api = require('../../api/index');
const { fill } = require('../../lib/loading');
const { yuan } = require('../../lib/money');
const registering = require('../../lib/registering');

/** The free numbers of one doctor's half day, by half hours. */
Page({
  data: {
    state: /** @type {import('../../lib/loading').ScreenState} */ ('loading'),
    problem: '',
    facts: /** @type {import('../../lib/registering').Fact[]} */ ([]),
    fee: '',
    periods: /** @type {import('../../api/model').ShiftPeriods['periods']} */ ([]),
  },
  no: '',

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.no = decodeURIComponent(query.no || '');
  },

  onShow() {
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    return fill(this, async () => {
      const { shift, periods } = await api.shift(this.no);
      return { facts: registering.aboutShift(shift), fee: yuan(shift.fee_fen), periods };
    });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { slot: string }>} event */
  open(event) {
    const slot = encodeURIComponent(event.currentTarget.dataset.slot);
    wx.navigateTo({ url: `/pages/number/number?shift=${encodeURIComponent(this.no)}&slot=${slot}` });
  },
});
