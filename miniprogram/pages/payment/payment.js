const api = require('../../api/index');
const { IDLE, busily } = require('../../lib/busy');
const cashier = require('../../lib/cashier');
const { Following, whenSeen } = require('../../lib/follow');
const help = require('../../lib/help');
const { LOADING, fill } = require('../../lib/loading');
const places = require('../../lib/places');
const showing = require('../../lib/showing');
const subscribing = require('../../lib/subscribing');

/** What became of a payment. While that is not final the page looks again by itself. */
Page({
  ...whenSeen,
  data: {
    ...LOADING,
    payment: /** @type {ReturnType<typeof showing.paymentDetail> | null} */ (null),
    final: false,
    watching: false,
    canPay: false,
    beginAgain: '',
    back: /** @type {ReturnType<typeof backOf>} */ (null),
    canSubscribe: false,
    ...IDLE,
  },
  id: '',
  /** Where one like it begins. */
  again: '',
  /** The cashier said so on this phone, which is no proof: the page says that we are looking. */
  justPaid: false,
  subscriptions: /** @type {import('../../api/model').Subscription[]} */ ([]),
  following: /** @type {Following} */ (/** @type {unknown} */ (null)),

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.id = decodeURIComponent(query.id || '');
    this.justPaid = query.paid === '1';
    this.following = new Following({
      load: () => this.load(),
      isOver: () => this.data.final,
      tell: (watching) => this.setData({ watching }),
    });
  },

  look() {
    return this.following.look();
  },

  load() {
    return fill(this, async () => {
      const [payment, me] = await Promise.all([api.payment(this.id), api.me()]);
      help.remember(me.hospital.help_phone);
      this.subscriptions = me.subscriptions;
      this.again = againOf(payment);
      return {
        payment: showing.paymentDetail(payment, this.justPaid),
        final: payment.final,
        canPay: payment.state === 'paying' && !this.justPaid,
        beginAgain: this.again && payment.again ? payment.again.title : '',
        back: backOf(payment),
        canSubscribe: this.subscriptions.length > 0,
      };
    });
  },

  payAgain() {
    return busily(this, async () => {
      const { call } = await api.callAgain(this.id);
      if (call && this.following.isSeen && (await cashier.open(call)) === 'ok') {
        this.justPaid = true;
        await subscribing.ask(this.subscriptions, 'paid');
      }
      await this.look();
    });
  },

  startAnew() {
    wx.redirectTo({ url: this.again });
  },

  goBack() {
    if (this.data.back) wx.redirectTo({ url: this.data.back.url });
  },

  async subscribe() {
    const accepted = await subscribing.ask(this.subscriptions, this.data.final ? 'refunding' : 'paid');
    if (accepted) wx.showToast({ title: '有消息会通知您', icon: 'none' });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { id: string }>} event */
  openRefund(event) {
    const { id } = event.currentTarget.dataset;
    wx.navigateTo({ url: `/pages/refund/refund?id=${encodeURIComponent(this.id)}&refund=${encodeURIComponent(id)}` });
  },

  copyReceipt() {
    if (!this.data.payment) return;
    const failed = () => wx.showToast({ title: '没有复制成功', icon: 'none' }); // no consent to WeChat's privacy guide, for one
    wx.setClipboardData({ data: this.data.payment.receiptUrl, fail: failed });
  },

  home() {
    wx.reLaunch({ url: '/pages/home/home' });
  },
});

/**
 * Closed without money: the same bills again, in a payment of their own, or the place where such a payment begins.
 * @param {import('../../api/model').Payment} payment
 */
function againOf(payment) {
  if (payment.can_begin_again) return `/pages/bill/bill?bill_nos=${encodeURIComponent(payment.bill_nos.join(','))}`;
  return payment.again ? places.url(payment.again.page) : '';
}

/**
 * Where payments of this kind are at home; of bills that is the first page.
 * @param {import('../../api/model').Payment} payment
 */
function backOf(payment) {
  return payment.what_for ? places.links([payment.back])[0] || null : null;
}
