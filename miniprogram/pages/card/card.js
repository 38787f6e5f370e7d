const api = require('../../api/index');
const { textOf } = require('../../api/problem');
const { LOADING, fill, whenShown } = require('../../lib/loading');
const { sure } = require('../../lib/sure');
const time = require('../../lib/time');

/** Where the person's own card is bound; what is not theirs is cut here. */
Page({
  ...whenShown,
  data: {
    ...LOADING,
    bindings: /** @type {ReturnType<typeof line>[]} */ ([]),
    isAlone: true,
    refusal: '',
  },
  key: '',

  /** @param {Record<string, string | undefined>} query */
  onLoad(query) {
    this.key = decodeURIComponent(query.key || '');
  },

  load() {
    return fill(this, async () => {
      const bindings = (await api.bindings(this.key)).items.map(line);
      return { bindings, isAlone: bindings.every((one) => one.isMine) };
    });
  },

  /** @param {WechatMiniprogram.TouchEvent<{}, {}, { key: string }>} event */
  async cut(event) {
    const { key } = event.currentTarget.dataset;
    if (!(await sure('解除这个绑定', '解除后，对方看不到这张卡的缴费单；要再绑定，需要发到您手机的验证码。'))) return;
    this.setData({ refusal: '' });
    try {
      await api.cutBinding(this.key, key);
    } catch (error) {
      this.setData({ refusal: textOf(error) });
    }
    await this.load();
  },
});

/** @param {import('../../api/model').Binding} binding */
function line(binding) {
  return {
    key: binding.binding_key,
    title: binding.mine ? '您本人' : '其他人',
    about: `${binding.client}，${binding.since ? `${time.fullDate(binding.since)}起` : '绑定时间没有记录'}`,
    isMine: binding.mine,
  };
}
