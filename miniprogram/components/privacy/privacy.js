const privacy = require('../../lib/privacy');

/** The question that WeChat wants asked before it hands out anything personal. It shows itself when WeChat asks. */
Component({
  data: { asked: false, name: '' },
  lifetimes: {
    attached() {
      const dialog = { asked: () => this.show(), answered: () => this.setData({ asked: false }) };
      this.setData({ name: '《用户隐私保护指引》' });
      Object.assign(this, { dialog });
      privacy.join(dialog);
    },
    detached() {
      privacy.leave(/** @type {{ dialog: import('../../lib/privacy').Dialog }} */ (/** @type {unknown} */ (this)).dialog);
    },
  },
  methods: {
    async show() {
      this.setData({ asked: true });
      this.setData({ name: (await privacy.contract()).name });
    },
    read() {
      privacy.open();
    },
    agree() {
      privacy.answer(true, 'agree-button');
    },
    refuse() {
      privacy.answer(false, 'refuse-button');
    },
  },
});
