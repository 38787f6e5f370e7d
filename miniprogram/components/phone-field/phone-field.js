/** Where the result's SMS goes: nothing typed means the number that is known. Says what is typed. */
Component({
  properties: {
    title: { type: String, value: '' },
    known: { type: String, value: '' },
  },
  methods: {
    /** @param {WechatMiniprogram.Input} event */
    type(event) {
      this.triggerEvent('typed', { value: event.detail.value });
    },
  },
});
