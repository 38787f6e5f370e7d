const api = require('../../api/index');
const { Problem } = require('../../api/problem');
const camera = require('../../lib/camera');
const entered = require('../../lib/entered');
const { LOADING, fill, whenPulled } = require('../../lib/loading');
const { PAYING, Payer, whenLeft } = require('../../lib/paying');
const privacy = require('../../lib/privacy');

/** Paying in for the patient whose wristband was scanned: a masked name and nothing else. WeChat's own scanner opens this page with the code's text in `q`. */
Page({
  ...whenPulled,
  ...whenLeft,
  data: {
    ...LOADING,
    name: '',
    amount: '',
    ...PAYING,
  },
  content: '',
  payer: /** @type {Payer<{ content: string, amount: string }>} */ (/** @type {unknown} */ (null)),

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.content = decodeURIComponent(query.q || '');
    this.payer = new Payer(api.payByWristband, '交预交金');
    return this.load();
  },

  load() {
    return fill(this, async () => {
      if (!this.content) this.content = await this.scanned();
      const [person, told] = await Promise.all([this.payer.person(), api.wristband(this.content)]);
      return { ...person, name: told.name_masked };
    });
  },

  /** Throws what the person is told where nothing was read. */
  async scanned() {
    if (!(await privacy.agreed())) throw new Problem('refused', '需要您同意隐私说明后才能扫码。', { status: 400 });
    const content = await camera.read();
    if (content === null) throw new Problem('refused', '没有扫到腕带上的二维码，请再试一次。', { status: 400 });
    return content;
  },

  /** @param {WechatMiniprogram.Input} event */
  typeAmount(event) {
    this.setData({ amount: event.detail.value });
  },

  /** @param {WechatMiniprogram.CustomEvent<{ value: string }>} event */
  typePhone(event) {
    this.setData({ phone: event.detail.value });
  },

  pay() {
    return this.payer.tap(this, () => ({ content: this.content, amount: entered.amount(this.data.amount) }));
  },
});
