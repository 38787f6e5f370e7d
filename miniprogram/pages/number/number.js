const api = require('../../api/index');
const { Problem } = require('../../api/problem');
const { LOADING, fill, whenPulled } = require('../../lib/loading');
const { yuan } = require('../../lib/money');
const { PAYING, Payer, whenLeft } = require('../../lib/paying');
const registering = require('../../lib/registering');
const { patient } = require('../../lib/showing');

/** One number with everything that is to be checked, for whom it is, and the button that takes and pays it. */
Page({
  ...whenPulled,
  ...whenLeft,
  data: {
    ...LOADING,
    facts: /** @type {import('../../lib/registering').Fact[]} */ ([]),
    amount: '',
    action: '',
    cards: /** @type {{ key: string, text: string }[]} */ ([]),
    chosen: '',
    atWindow: '',
    window: false,
    ...PAYING,
  },
  shiftNo: '',
  slotNo: '',
  amountFen: 0,
  payer: /** @type {Payer<Omit<import('../../api/model').NumberAsked, 'phone'>>} */ (/** @type {unknown} */ (null)),

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.shiftNo = decodeURIComponent(query.shift || '');
    this.slotNo = decodeURIComponent(query.slot || '');
    this.payer = new Payer(api.takeNumber, '支付并挂号');
  },

  /** Again after a card was bound; a number that is being taken is not looked for among the free ones. */
  onShow() {
    return this.data.busy || this.data.cards.length ? undefined : this.load();
  },

  load() {
    return fill(this, async () => {
      const [person, number, cards] = await Promise.all([this.payer.person(), api.number(this.shiftNo, this.slotNo), api.cards()]);
      this.amountFen = number.amount_fen;
      this.payer.verb = number.at_window === null ? '支付并挂号' : number.action;
      const able = cards.items.filter((card) => number.card_key === null || card.card_key === number.card_key);
      const known = able.some((card) => card.card_key === this.data.chosen);
      const [first] = able;
      return {
        ...person,
        facts: registering.aboutNumber(number),
        amount: yuan(number.amount_fen),
        action: number.action,
        atWindow: number.at_window || '',
        window: this.data.window && number.at_window !== null,
        cards: able.map((card) => ({ key: card.card_key, text: patient(card) })),
        chosen: known ? this.data.chosen : (first && first.card_key) || '',
      };
    });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { key: string }>} event */
  choose(event) {
    this.setData({ chosen: event.currentTarget.dataset.key });
  },

  /** Paid now, or at the hospital. @param {WechatMiniprogram.TouchEvent<{}, {}, { window: string }>} event */
  chooseWay(event) {
    this.setData({ window: Boolean(event.currentTarget.dataset.window) });
  },

  /** @param {WechatMiniprogram.CustomEvent<{ value: string }>} event */
  typePhone(event) {
    this.setData({ phone: event.detail.value });
  },

  bind() {
    wx.navigateTo({ url: '/pages/bind/bind' });
  },

  take() {
    const wanted = () => ({
      schedule_no: this.shiftNo,
      slot_no: this.slotNo,
      card_key: this.data.chosen,
      amount_fen: this.amountFen,
      at_window: this.data.window,
    });
    return this.payer.tap(this, wanted, async (/** @type {unknown} */ error) => {
      if (error instanceof Problem && error.amountFen !== undefined) await this.load();
    });
  },
});
