const api = require('../../api/index');
const { IDLE, busily } = require('../../lib/busy');
const camera = require('../../lib/camera');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const position = require('../../lib/position');
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
    await busily(this, async () => this.setData({ queue: registering.queue(await api.checkIn(this.id, { content })) }));
  },

  async checkInHere() {
    if (this.data.busy) return;
    if (!(await privacy.agreed())) return this.setData({ refusal: '需要您同意隐私说明后才能定位。' });
    await busily(this, async () => {
      const here = await position.read();
      if (here === null) return this.setData({ refusal: '没有取到位置。请允许使用位置后再试一次，或扫分诊台的签到码签到。' });
      return this.setData({ queue: registering.queue(await api.checkIn(this.id, { position: here })) });
    });
  },

  appointments() {
    wx.navigateBack({ fail: () => wx.redirectTo({ url: '/pages/appointments/appointments' }) });
  },
});
