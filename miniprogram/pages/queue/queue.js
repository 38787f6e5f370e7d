const api = require('../../api/index');
const { IDLE, busily } = require('../../lib/busy');
const camera = require('../../lib/camera');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const privacy = require('../../lib/privacy');
const registering = require('../../lib/registering');

/** Where the patient stands in the queue, and the check-in by the code at the clinic. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    queue: /** @type {ReturnType<typeof registering.queue> | null} */ (null),
    ...IDLE,
  },
  id: '',

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.id = decodeURIComponent(query.id || '');
  },

  load() {
    return fill(this, async () => ({ queue: registering.queue(await api.queue(this.id)) }));
  },

  async checkIn() {
    if (this.data.busy) return;
    if (!(await privacy.agreed())) return this.setData({ refusal: '需要您同意隐私说明后才能扫码。' });
    const content = await camera.read();
    if (content === null) return;
    await busily(this, async () => this.setData({ queue: registering.queue(await api.checkIn(this.id, content)) }));
  },

  appointments() {
    wx.navigateBack({ fail: () => wx.redirectTo({ url: '/pages/appointments/appointments' }) });
  },
});
