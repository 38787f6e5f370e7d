const api = require('../../api/index');
const { textOf } = require('../../api/problem');
const { LOADING, fill, whenPulled } = require('../../lib/loading');
const reporting = require('../../lib/reporting');
const typed = require('../../lib/typed');

/** One report; a sensitive one asks for the code that the hospital sends to the phone it knows. */
Page({
  ...whenPulled,
  data: {
    ...LOADING,
    told: /** @type {ReturnType<typeof reporting.report> | null} */ (null),
    sentTo: '',
    code: '',
    busy: false,
    refusal: '',
  },
  key: '',

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.key = decodeURIComponent(query.key || '');
    return this.load();
  },

  load() {
    return fill(this, async () => ({ told: reporting.report(await api.report(this.key)) }));
  },

  /** @param {WechatMiniprogram.Input} event */
  type(event) {
    this.setData({ code: typed.codeField(event.detail.value, this.data.code) });
  },

  send() {
    return this.busily(async () => {
      const sent = await api.sendReportCode(this.key);
      if (sent.phone_masked === null) await this.load();
      else this.setData({ sentTo: sent.phone_masked, code: '' });
    });
  },

  async open() {
    const code = typed.code(this.data.code);
    if (!code) {
      const missing = !typed.plain(this.data.code);
      return this.setData({ refusal: missing ? '请填写短信里的验证码。' : '验证码是 6 位数字，请按短信重新填写。' });
    }
    await this.busily(async () => this.setData({ told: reporting.report(await api.openReport(this.key, code)) }));
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { item: string }>} event */
  trend(event) {
    const item = encodeURIComponent(event.currentTarget.dataset.item);
    wx.navigateTo({ url: `/pages/trend/trend?key=${encodeURIComponent(this.key)}&item=${item}` });
  },

  /** @param {() => Promise<void>} work */
  async busily(work) {
    if (this.data.busy) return;
    this.setData({ busy: true, refusal: '' });
    try {
      await work();
    } catch (error) {
      this.setData({ refusal: textOf(error) });
    } finally {
      this.setData({ busy: false });
    }
  },
});
