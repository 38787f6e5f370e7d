const api = require('../../api/index');
const { LOADING, fill, whenPulled } = require('../../lib/loading');
const staying = require('../../lib/staying');

/** What was paid in for one stay, and what of it went back. */
Page({
  ...whenPulled,
  data: {
    ...LOADING,
    admission: /** @type {ReturnType<typeof staying.admission> | null} */ (null),
    deposits: /** @type {ReturnType<typeof staying.deposit>[]} */ ([]),
  },
  key: '',

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.key = decodeURIComponent(query.key || '');
    return this.load();
  },

  load() {
    return fill(this, async () => {
      const { admission, items } = await api.deposits(this.key);
      return { admission: staying.admission(admission), deposits: items.map(staying.deposit) };
    });
  },
});
