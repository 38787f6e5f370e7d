const api = require('../../api/index');
const balances = require('../../lib/balances');
const { IDLE, busily } = require('../../lib/busy');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const { Once } = require('../../lib/once');

/** Where an old balance would go before anything moves, the button that asks for it, and how far it has come. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    told: '',
    balance: /** @type {ReturnType<typeof balances.balance> | null} */ (null),
    ...IDLE,
  },
  key: '',
  returnableFen: 0,
  asking: /** @type {Once<import('../../api/model').BalanceReturnAsked, { text: string }>} */ (/** @type {unknown} */ (null)),

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.key = decodeURIComponent(query.key || '');
    this.asking = new Once((wanted, tap) => api.giveBack(this.key, wanted, tap));
  },

  load() {
    return fill(this, async () => {
      const told = await api.balance(this.key);
      this.returnableFen = told.returnable_fen;
      return { balance: balances.balance(told) };
    });
  },

  /** Shown anew whatever comes of it: it may be another sum by now. */
  giveBack() {
    const ask = async () => {
      this.setData({ told: '' });
      const { text } = await this.asking.send({ amount_fen: this.returnableFen });
      this.setData({ told: text });
      await this.load();
    };
    return busily(this, ask, () => this.load());
  },
});
