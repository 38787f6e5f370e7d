const api = require('../../api/index');
const { IDLE, busily } = require('../../lib/busy');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const { yuan } = require('../../lib/money');
const notice = require('../../lib/notice');
const registering = require('../../lib/registering');
const { patient } = require('../../lib/showing');

/** The free numbers of one doctor's half day, by half hours; where there is none, the list on which a patient waits for one. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    facts: /** @type {import('../../lib/registering').Fact[]} */ ([]),
    fee: '',
    periods: /** @type {import('../../api/model').ShiftPeriods['periods']} */ ([]),
    noneLeft: '',
    canWait: false,
    cards: /** @type {{ key: string, text: string }[]} */ ([]),
    chosen: '',
    ...IDLE,
  },
  no: '',

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.no = decodeURIComponent(query.no || '');
  },

  load() {
    return fill(this, async () => {
      const { shift, periods, none_left: noneLeft } = await api.shift(this.no);
      const canWait = !periods.length && shift.can_wait;
      const cards = canWait ? (await api.cards()).items.map((card) => ({ key: card.card_key, text: patient(card) })) : [];
      const { key: first } = cards[0] || { key: '' };
      const chosen = cards.some((card) => card.key === this.data.chosen) ? this.data.chosen : first;
      return { facts: registering.aboutShift(shift), fee: yuan(shift.fee_fen), periods, noneLeft, canWait, cards, chosen };
    });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { key: string }>} event */
  choose(event) {
    this.setData({ chosen: event.currentTarget.dataset.key });
  },

  bind() {
    wx.navigateTo({ url: '/pages/bind/bind' });
  },

  wait() {
    return busily(this, async () => {
      const told = await api.joinWait(this.no, this.data.chosen);
      notice.leave(told.text);
      wx.redirectTo({ url: '/pages/appointments/appointments' });
    });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { slot: string }>} event */
  open(event) {
    const slot = encodeURIComponent(event.currentTarget.dataset.slot);
    wx.navigateTo({ url: `/pages/number/number?shift=${encodeURIComponent(this.no)}&slot=${slot}` });
  },
});
