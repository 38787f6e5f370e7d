const api = require('../../api/index');
const { IDLE, busily } = require('../../lib/busy');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const members = require('../../lib/members');
const notice = require('../../lib/notice');
const registering = require('../../lib/registering');
const { sure } = require('../../lib/sure');

const UNKNOWN = '医院系统暂时没有响应，候补的情况没有取到，请稍后再看。';

/** One's own registrations, and the lists on which one's patients wait: each with what can be done with it. */
Page({
  ...whenShown,
  ...members.whenChosen,
  data: {
    ...LOADING,
    ...members.MEMBERS,
    waits: /** @type {ReturnType<typeof registering.wait>[]} */ ([]),
    note: '',
    appointments: /** @type {ReturnType<typeof registering.appointment>[]} */ ([]),
    notice: '',
    ...IDLE,
  },

  onLoad() {
    this.setData({ notice: notice.take() });
  },

  /** One's own numbers are shown whatever the hospital's system says of the lists. */
  load() {
    return fill(this, async () => {
      const [appointments, waits, cards] = await Promise.all([api.appointments(), api.waits().catch(() => null), api.cards()]);
      const of = members.of(cards.items, this.data.chosen);
      return {
        ...of,
        appointments: members.only(appointments.items, of.chosen).map(registering.appointment),
        waits: waits ? members.only(waits.items, of.chosen).map(registering.wait) : [],
        note: waits ? waits.note : UNKNOWN,
      };
    });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { shift: string, slot: string }>} event */
  confirm(event) {
    const { shift, slot } = event.currentTarget.dataset;
    wx.navigateTo({ url: `/pages/number/number?shift=${encodeURIComponent(shift)}&slot=${encodeURIComponent(slot)}` });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { shift: string, card: string }>} event */
  leave(event) {
    const { shift, card } = event.currentTarget.dataset;
    return busily(this, async () => {
      this.setData({ notice: '' });
      const told = await api.leaveWait(shift, card);
      this.setData({ notice: told.text });
      await this.load();
    });
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
