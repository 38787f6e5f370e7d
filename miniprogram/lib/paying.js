/** A tap that begins a payment, whatever it is for: once on the server, then the cashier, then the payment's own page. */

const api = require('../api/index');
const { IDLE, busily } = require('./busy');
const cashier = require('./cashier');
const entered = require('./entered');
const help = require('./help');
const { Once } = require('./once');
const subscribing = require('./subscribing');

/** Among the data of every page that begins a payment. */
const PAYING = { ...IDLE, phone: '', knownPhone: '' };

/** Spread into such a page. */
const whenLeft = {
  /** @this {{ payer: { leave(): void } }} */
  onUnload() {
    this.payer.leave();
  },
};

/**
 * @template W what is asked of the server, but for the phone of the result's SMS
 * @typedef {W & { phone: string | null }} Asked
 */

/**
 * @template W
 */
class Payer {
  /**
   * @param {(wanted: Asked<W>, key: string) => Promise<import('../api/model').Started>} begin
   * @param {string} verb what stands on the button
   * @param {(() => Promise<unknown>) | null} [unpaid] what follows where nothing is to be paid, in the place of the payment's page
   */
  constructor(begin, verb, unpaid = null) {
    this.begin = new Once(begin);
    this.verb = verb;
    this.unpaid = unpaid;
    this.subscriptions = /** @type {import('../api/model').Subscription[]} */ ([]);
    this.gone = false;
  }

  /** Who pays: what the page shows of them. */
  async person() {
    const me = await api.me();
    help.remember(me.hospital.help_phone);
    this.subscriptions = me.subscriptions;
    return { knownPhone: me.phone_masked || '' };
  }

  /** The page is closed: no cashier over another page; the payment waits among the others. */
  leave() {
    this.gone = true;
  }

  /**
   * The tap on the page's button.
   * @param {{ data: typeof PAYING, setData(changed: Partial<typeof PAYING>): void }} page
   * @param {() => W} wanted what the page shows and the person typed; throws what they are told of something that can't go out
   * @param {(error: unknown) => unknown} [failed]
   */
  tap(page, wanted, failed) {
    const pay = () => this.pay({ ...wanted(), phone: entered.phone(page.data.phone) }).then((refusal) => page.setData({ refusal }));
    return busily(page, pay, failed);
  }

  /**
   * @private
   * @param {Asked<W>} wanted
   * @returns {Promise<string>} why the page stays, for the person; empty when another page follows
   */
  async pay(wanted) {
    const started = await this.begin.send(wanted);
    if (this.gone) return '';
    if (!started.call && this.unpaid) {
      await this.unpaid();
      return '';
    }
    const id = started.payment.out_trade_no;
    let paid = '';
    if (started.call) {
      const result = await cashier.open(started.call);
      if (result === 'cancel') return `支付已取消。需要时请再点一次“${this.verb}”。`;
      if (result === 'ok') {
        paid = '&paid=1';
        await subscribing.ask(this.subscriptions, 'paid'); // WeChat allows the question here, and here it makes sense
      }
    }
    wx.redirectTo({ url: `/pages/payment/payment?id=${encodeURIComponent(id)}${paid}` });
    return '';
  }
}

module.exports = { PAYING, Payer, whenLeft };
