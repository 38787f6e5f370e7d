const api = require('../../api/index');
const { IDLE, busily } = require('../../lib/busy');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const notice = require('../../lib/notice');
const registering = require('../../lib/registering');
const { sure } = require('../../lib/sure');

/** One's own registrations: those to come first, each with what can be done with it. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    appointments: /** @type {ReturnType<typeof registering.appointment>[]} */ ([]),
    notice: '',
    ...IDLE,
  },

  load() {
    return fill(this, async () => ({ appointments: (await api.appointments()).items.map(registering.appointment) }));
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { id: string }>} event */
  pay(event) {
    wx.navigateTo({ url: `/pages/payment/payment?id=${encodeURIComponent(event.currentTarget.dataset.id)}` });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { id: string }>} event */
  queue(event) {
    wx.navigateTo({ url: `/pages/queue/queue?id=${encodeURIComponent(event.currentTarget.dataset.id)}` });
  },

  register() {
    wx.redirectTo({ url: '/pages/departments/departments' });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { id: string }>} event */
  async cancel(event) {
    const { id } = event.currentTarget.dataset;
    const words = { yes: '取消预约', no: '不取消' };
    if (!(await sure('取消预约', '取消后这个号会给其他人，付过的挂号费原路退回。', words))) return;
    await busily(this, async () => {
      this.setData({ notice: '' });
      const told = await api.cancel(id);
      this.setData({ notice: told.text });
      await this.load();
    });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { id: string }>} event */
  async rebook(event) {
    const { id } = event.currentTarget.dataset;
    await busily(this, async () => {
      this.setData({ notice: '' });
      const told = await api.rebook(id);
      notice.leave(told.text);
      wx.navigateTo({ url: `/pages/department/department?no=${encodeURIComponent(told.department_no)}` });
    });
  },
});
