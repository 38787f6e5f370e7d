const api = require('../../api/index');
const { textOf } = require('../../api/problem');
const { LOADING, fill } = require('../../lib/loading');
const privacy = require('../../lib/privacy');
const subscribing = require('../../lib/subscribing');
const { sure } = require('../../lib/sure');
const typeSize = require('../../lib/type-size');

/** Size of type, phone, messages, privacy. */
Page({
  data: {
    ...LOADING,
    large: false,
    phone: '',
    subscriptions: /** @type {import('../../api/model').Subscription[]} */ ([]),
    helpPhone: '',
    contract: '',
    refusal: '',
    told: '',
    hospital: '',
    closed: false,
  },

  onShow() {
    return this.data.closed ? undefined : this.load();
  },

  load() {
    this.setData({ large: typeSize.isLarge() });
    return fill(this, async () => {
      const [me, contract] = await Promise.all([api.me(), privacy.contract()]);
      return {
        phone: me.phone_masked || '',
        subscriptions: subscribing.fitting(me.subscriptions, 'paid'),
        helpPhone: me.hospital.help_phone,
        hospital: me.hospital.name,
        contract: contract.name,
      };
    });
  },

  /** @param {WechatMiniprogram.SwitchChange} event */
  resize(event) {
    typeSize.choose(event.detail.value);
    this.setData({ large: event.detail.value });
    this.selectComponent('#screen').resize();
  },

  /** @param {WechatMiniprogram.ButtonGetPhoneNumber} event */
  async savePhone(event) {
    const { code } = event.detail;
    if (!code) return; // they would rather not
    this.setData({ refusal: '', told: '' });
    try {
      this.setData({ phone: (await api.savePhone(code)).phone_masked, told: '手机号已保存。' });
    } catch (error) {
      this.setData({ refusal: textOf(error) });
    }
  },

  async subscribe() {
    const accepted = await subscribing.ask(this.data.subscriptions, 'paid');
    const otherwise = this.data.phone ? '结果仍会发短信。' : '填写手机号，结果就会发短信。';
    this.setData({ told: accepted ? '好的，有消息会通知您。' : `没有打开通知。${otherwise}` });
  },

  privacy() {
    privacy.open();
  },

  async close() {
    const what = '公众号、生活号和小程序里绑定的卡全部解除，以后要重新验证才能绑定。正在办理的缴费和退费不受影响。';
    if (!(await sure('注销账号', what, { yes: '注销', no: '不注销' }))) return;
    this.setData({ refusal: '', told: '' });
    try {
      await api.closeAccount();
      this.setData({ closed: true });
    } catch (error) {
      this.setData({ refusal: textOf(error) });
    }
  },

  call() {
    wx.makePhoneCall({ phoneNumber: this.data.helpPhone, fail: () => undefined });
  },
});
