const privacy = require('../../lib/privacy');

/** The question that WeChat wants asked before it hands out anything personal. It shows itself when WeChat asks. */
Component({
  data: { asked: false, name: '' },
  lifetimes: {
    attached() {
      const show = () => this.show();
      this.setData({ name: '《用户隐私保护指引》' });
      Object.assign(this, { onAsked: show });
      privacy.onAsked(show);
    },
    detached() {
      privacy.noLonger(/** @type {{ onAsked?: () => void }} */ (/** @type {unknown} */ (this)).onAsked || (() => undefined));
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
      this.setData({ asked: false });
      privacy.answer(true, 'agree-button');
    },
    refuse() {
      this.setData({ asked: false });
      privacy.answer(false, 'refuse-button');
    },
  },
});
