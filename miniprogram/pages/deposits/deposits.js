const api = require('../../api/index');
const { fill } = require('../../lib/loading');
const staying = require('../../lib/staying');

/** What was paid in for one stay, and what of it went back. */
Page({
  data: {
    state: /** @type {import('../../lib/loading').ScreenState} */ ('loading'),
    problem: '',
    admission: /** @type {ReturnType<typeof staying.admission> | null} */ (null),
    deposits: /** @type {ReturnType<typeof staying.deposit>[]} */ ([]),
  },
  key: '',

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.key = decodeURIComponent(query.key || '');
    return this.load();
  },

  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },

  load() {
    return fill(this, async () => {
      const [admission, deposits] = await Promise.all([api.admission(this.key), api.deposits(this.key)]);
      return { admission: staying.admission(admission), deposits: deposits.items.map(staying.deposit) };
    });
  },
});
