const api = require('../../api/index');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const { yuan } = require('../../lib/money');
const registering = require('../../lib/registering');

/** The free numbers of one doctor's half day, by half hours. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    facts: /** @type {import('../../lib/registering').Fact[]} */ ([]),
    fee: '',
    periods: /** @type {import('../../api/model').ShiftPeriods['periods']} */ ([]),
  },
  no: '',

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.no = decodeURIComponent(query.no || '');
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
