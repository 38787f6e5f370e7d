const api = require('../../api/index');
const { IDLE, busily } = require('../../lib/busy');
const entered = require('../../lib/entered');
const { LOADING, fill, whenPulled } = require('../../lib/loading');
const papers = require('../../lib/papers');
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
    ...IDLE,
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
    return busily(this, async () => {
      const sent = await api.sendReportCode(this.key);
      if (sent.phone_masked === null) await this.load();
      else this.setData({ sentTo: sent.phone_masked, code: '' });
    });
  },

  open() {
    return busily(this, async () => {
      const told = await api.openReport(this.key, entered.code(this.data.code));
      this.setData({ told: reporting.report(told) });
    });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { file: string }>} event */
  show(event) {
    return busily(this, async () => {
      const file = await api.reportFile(this.key, event.currentTarget.dataset.file);
      await papers.show(file).catch(() => this.setData({ refusal: papers.FAILED }));
    });
  },

  share() {
    return busily(this, async () => {
      await api.shareReport(this.key);
      await this.load();
    });
  },

  unshare() {
    return busily(this, async () => {
      await api.unshareReport(this.key);
      await this.load();
    });
  },

  /** Into the clipboard, so that it can be sent in a chat. */
  copy() {
    if (!this.data.told || !this.data.told.share) return;
    const failed = () => this.setData({ refusal: '没有复制成功，请再试一次。' });
    wx.setClipboardData({ data: this.data.told.share.url, fail: failed });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { item: string }>} event */
  trend(event) {
    const item = encodeURIComponent(event.currentTarget.dataset.item);
    wx.navigateTo({ url: `/pages/trend/trend?key=${encodeURIComponent(this.key)}&item=${item}` });
  },
});
