/** A tap that begins a payment, whatever it is for: once on the server, then the cashier, then the payment's own page. */

const api = require('../api/index');
const { Problem } = require('../api/problem');
const cashier = require('./cashier');
const subscribing = require('./subscribing');
const typed = require('./typed');

const NO_PHONE = '手机号不正确，请填写 11 位手机号。';

/**
 * @template W what is asked of the server
 */
class Payer {
  /**
   * @param {(wanted: W, key: string) => Promise<import('../api/model').Started>} begin
   * @param {string} verb what stands on the button
   * @param {(() => Promise<unknown>) | null} [unpaid] what follows where nothing is to be paid, in the place of the payment's page
   */
  constructor(begin, verb, unpaid = null) {
    this.begin = begin;
    this.verb = verb;
    this.unpaid = unpaid;
    /** What a tap asked for, kept while nobody knows whether the server has it: the next tap then asks for the same. */
    this.attempt = /** @type {{ key: string, wanted: W } | null} */ (null);
    this.gone = false;
  }

  /** The page is closed: no cashier over another page; the payment waits among the others. */
  leave() {
    this.gone = true;
  }

  /**
   * @param {W} wanted
   * @param {import('../api/model').Subscription[]} subscriptions
   * @returns {Promise<string>} why the page stays, for the person; empty when another page follows
   */
  async pay(wanted, subscriptions) {
    const started = await this.start(wanted);
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
        await subscribing.ask(subscriptions, 'paid'); // WeChat allows the question here, and here it makes sense
      }
    }
    wx.redirectTo({ url: `/pages/payment/payment?id=${encodeURIComponent(id)}${paid}` });
    return '';
  }

  /** @private @param {W} wanted */
  async start(wanted) {
    const before = this.attempt;
    const same = before && JSON.stringify(before.wanted) === JSON.stringify(wanted);
    const attempt = before && same ? before : { key: api.newKey(), wanted };
    this.attempt = attempt;
    try {
      const started = await this.begin(attempt.wanted, attempt.key);
      this.attempt = null;
      return started;
    } catch (error) {
      if (!(error instanceof Problem && error.unknown)) this.attempt = null;
      throw error;
    }
  }
}

/**
 * The number for the result's SMS; null for the one that is known. Throws what the person is told of a number that is none.
 * @param {string} text as it was typed
 */
function phoneOf(text) {
  const phone = typed.mobile(text);
  if (!phone && typed.plain(text)) throw new Problem('bad_input', NO_PHONE);
  return phone;
}

module.exports = { Payer, phoneOf };
