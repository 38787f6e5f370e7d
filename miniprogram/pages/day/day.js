const api = require('../../api/index');
const { LOADING, fill, whenPulled } = require('../../lib/loading');
const staying = require('../../lib/staying');

/** What one day of a stay cost, by kind, and the days beside it. */
Page({
  ...whenPulled,
  data: {
    ...LOADING,
    day: /** @type {ReturnType<typeof staying.day> | null} */ (null),
  },
  key: '',
  date: '',

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.key = decodeURIComponent(query.key || '');
    return this.load();
  },

  load() {
    return fill(this, async () => ({ day: staying.day(await api.day(this.key, this.date)) }));
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { date: string }>} event */
  async turn(event) {
    const before = this.date;
    this.date = event.currentTarget.dataset.date;
    if (!(await this.load())) this.date = before;
  },
});
