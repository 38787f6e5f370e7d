const api = require('../../api/index');
const { IDLE, busily } = require('../../lib/busy');
const entered = require('../../lib/entered');
const privacy = require('../../lib/privacy');
const { FAMILY } = require('../../lib/relations');
const typed = require('../../lib/typed');

const WAIT_S = 60;

/** Card number and name, then the code that the hospital sends to the phone it knows for that card. */
Page({
  data: {
    state: /** @type {import('../../lib/loading').ScreenState} */ ('ready'),
    cardNo: '',
    name: '',
    code: '',
    /** Whose card it is: their own joins their entrances, a family member's never does. */
    own: false,
    /** What a family member is to whoever binds their card; empty where they say nothing. */
    family: /** @type {import('../../lib/relations').Family | ''} */ (''),
    relations: FAMILY,
    isScanned: false,
    isAdmission: false,
    numberName: '就诊卡号',
    sentTo: '',
    wait: 0,
    ...IDLE,
  },
  cardKey: '',
  scanned: '',
  timer: 0,
  gone: false,

  /** @param {Record<string, string | undefined>} query `card`: one whose bill has been scanned, so nobody types its number; `admission`: by
   * the number of a stay in the place of a card's */
  onLoad(query) {
    if (query.admission) {
      wx.setNavigationBarTitle({ title: '绑定住院' });
      this.setData({ isAdmission: true, numberName: '住院号' });
    }
    this.scanned = decodeURIComponent(query.card || '');
    this.setData({ isScanned: this.scanned !== '' });
  },

  onUnload() {
    this.gone = true;
    clearInterval(this.timer);
  },

  /** @param {WechatMiniprogram.CustomEvent<{ value: string }, {}, { field: 'cardNo' | 'name' | 'code' }>} event */
  type(event) {
    const { field } = event.currentTarget.dataset;
    const { value } = event.detail;
    this.setData({ [field]: field === 'code' ? typed.codeField(value, this.data.code) : value });
  },

  /** @param {WechatMiniprogram.SwitchChange} event */
  chooseOwn(event) {
    this.setData({ own: event.detail.value, family: '' });
  },

  /** A second tap takes it back. @param {WechatMiniprogram.TouchEvent<{}, {}, { relation: import('../../lib/relations').Family }>} event */
  chooseFamily(event) {
    const { relation } = event.currentTarget.dataset;
    this.setData({ family: this.data.family === relation ? '' : relation });
  },

  async send() {
    const cardNo = typed.plain(this.data.cardNo);
    const name = typed.plain(this.data.name);
    if (!this.scanned && !(cardNo && name)) return this.setData({ refusal: `请填写${this.data.numberName}和姓名。` });
    if (this.data.busy || this.data.wait) return;
    if (!(await privacy.agreed())) return this.setData({ refusal: '需要您同意隐私说明后才能绑定。' });
    await busily(this, async () => {
      const sent = await this.askForCode(cardNo, name);
      if (this.gone) return;
      this.cardKey = sent.card_key;
      this.setData({ sentTo: sent.phone_masked, code: '' });
      this.countDown();
    });
  },

  /** @param {string} number @param {string} name */
  askForCode(number, name) {
    if (this.data.isAdmission) return api.sendAdmissionCode({ admission_no: number, name });
    return api.sendCode(this.scanned ? { card_key: this.scanned } : { card_no: number, name });
  },

  async bind() {
    await busily(this, async () => {
      const { own, family } = this.data;
      await api.bind(this.cardKey, entered.code(this.data.code), family ? { own, family } : { own });
      wx.showToast({ title: '绑定成功', icon: 'success' });
      if (!this.gone) wx.navigateBack({ fail: () => wx.reLaunch({ url: '/pages/home/home' }) });
    });
  },

  again() {
    clearInterval(this.timer);
    this.cardKey = '';
    this.scanned = '';
    this.setData({ isScanned: false, own: false, family: '', sentTo: '', code: '', wait: 0, refusal: '' });
  },

  countDown() {
    clearInterval(this.timer);
    this.setData({ wait: WAIT_S });
    this.timer = setInterval(() => {
      this.setData({ wait: this.data.wait - 1 });
      if (this.data.wait <= 0) clearInterval(this.timer);
    }, 1000);
  },
});
