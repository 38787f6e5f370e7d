const api = require('../../api/index');
const { textOf } = require('../../api/problem');
const camera = require('../../lib/camera');
const privacy = require('../../lib/privacy');

/** Reads the code of a paper bill. WeChat's own scanner opens this page with the code's text in `q`. */
Page({
  data: {
    state: /** @type {import('../../lib/loading').ScreenState} */ ('loading'),
    problem: '',
  },

  gone: false,

  onUnload() {
    this.gone = true;
  },

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    return query.q ? this.open(decodeURIComponent(query.q)) : this.scan();
  },

  async scan() {
    this.setData({ state: 'loading', problem: '' });
    if (!(await privacy.agreed())) return this.tell('需要您同意隐私说明后才能扫码。');
    const content = await camera.read();
    if (content === null) return this.tell('没有扫到二维码。请把缴费单放平，让二维码在框里。');
    return this.open(content);
  },

  /** @param {string} content */
  async open(content) {
    try {
      await api.scan(content);
    } catch (error) {
      return this.tell(textOf(error));
    }
    if (!this.gone) wx.redirectTo({ url: '/pages/bills/bills?scanned=1' });
  },

  /** @param {string} problem */
  tell(problem) {
    this.setData({ state: 'ready', problem });
  },

  home() {
    wx.navigateBack({ fail: () => wx.reLaunch({ url: '/pages/home/home' }) });
  },
});
