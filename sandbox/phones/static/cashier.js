// The cashier sheet of a phone: amount, payee, six-digit password. Shared by all phones; the platform's own words and colour come in `order`.
// It draws into a shadow root with a constructed style sheet, because a page's Content-Security-Policy may forbid inline styles.
// This file is also put in front of each platform's bridge, so it is a plain script and one function.

/**
 * Ask for the password and settle the order.
 * @param {Document} doc where the sheet is shown
 * @param {{amount_fen: number, payee: string, description: string, method: string, colour: string, within?: Element}} order
 *   `within`: the phone's frame, where it does not fill the window
 * @param {(result: "ok"|"cancel"|"fail") => Promise<void>} settle tells the platform; rejects if the platform refuses
 * @returns {Promise<"ok"|"cancel"|"fail">}
 */
function openCashier(doc, order, settle) {
  const STYLE = `
    dialog { --paper: #fff; --ink: #1a1a1a; --quiet: #666; --plain: #f2f2f2; --pad: #e4e6ea; --key: #fff; }
    @media (prefers-color-scheme: dark) { dialog { --paper: #1e1e1e; --ink: #e6e6e6; --quiet: #a8a8a8; --plain: #333; --pad: #111; --key: #2a2a2a; } }
    dialog { position: fixed; inset: auto 0 0 0; width: 100%; max-width: 430px; margin: 0 auto; max-height: 100%; padding: 0; border: 0; border-radius: 14px 14px 0 0;
      background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, "PingFang SC", "Noto Sans CJK SC", sans-serif; text-align: center; overflow: hidden; outline: none; }
    dialog::backdrop { background: rgb(0 0 0 / .55); }
    dialog[open] { animation: rise .22s ease-out; }
    @keyframes rise { from { transform: translateY(60%); opacity: .4; } }
    @media (prefers-reduced-motion: reduce) { dialog[open] { animation: none; } }
    header { position: relative; padding: 15px 52px; font-weight: 600; }
    button { font: inherit; border: 0; background: none; color: inherit; cursor: pointer; -webkit-tap-highlight-color: transparent; }
    button:focus-visible { outline: 2px solid var(--colour); outline-offset: -3px; }
    .close { position: absolute; left: 6px; top: 6px; width: 42px; height: 42px; font-size: 20px; color: var(--quiet); border-radius: 50%; }
    .payee { margin: 10px 20px 0; color: var(--quiet); }
    .amount { margin: 0; font-size: 42px; line-height: 1.3; font-weight: 600; font-variant-numeric: tabular-nums; }
    .amount small { font-size: 28px; margin-right: 3px; font-weight: 500; }
    .what { margin: 0 24px; font-size: 13px; color: var(--quiet); overflow-wrap: anywhere; }
    .method { display: flex; justify-content: space-between; margin: 14px 24px 0; padding: 11px 0; border-top: 1px solid var(--plain); font-size: 14px; color: var(--quiet); }
    .method b { font-weight: 400; color: var(--ink); }
    .boxes { display: grid; grid-template-columns: repeat(6, 1fr); gap: 9px; margin: 6px 24px 14px; }
    .boxes i { aspect-ratio: 1; max-height: 50px; width: 100%; border-radius: 7px; background: var(--plain); display: grid; place-items: center; }
    .boxes i.full::after { content: ""; width: 11px; height: 11px; border-radius: 50%; background: var(--ink); }
    .boxes i.next { box-shadow: inset 0 0 0 1.5px var(--colour); }
    .drill { font-size: 12px; color: var(--quiet); padding: 2px 10px 10px; text-decoration: underline; text-underline-offset: 3px; }
    .pad { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px; padding: 7px 6px calc(10px + env(safe-area-inset-bottom)); background: var(--pad); }
    .pad button { height: 47px; border-radius: 6px; background: var(--key); font-size: 22px; box-shadow: 0 1px 0 rgb(0 0 0 / .22); }
    .pad button:active { background: var(--pad); }
    .pad .plain { background: none; box-shadow: none; }
    .done { padding: 34px 24px 30px; }
    .mark { width: 62px; height: 62px; margin: 0 auto 14px; border-radius: 50%; background: var(--colour); color: #fff; font-size: 34px; line-height: 62px; }
    .mark.bad { background: #fa9d3b; }
    .done .amount { margin: 6px 0 2px; }
    .finish { margin-top: 26px; min-width: 184px; padding: 10px 24px; border-radius: 8px; background: var(--plain); color: color-mix(in srgb, var(--colour) 60%, var(--ink)); font-weight: 600; }
    .wait { padding: 66px 24px 74px; color: var(--quiet); }
    .ring { width: 38px; height: 38px; margin: 0 auto 14px; border-radius: 50%; border: 3px solid var(--plain); border-top-color: var(--colour); animation: turn 1s linear infinite; }
    @keyframes turn { to { transform: rotate(1turn); } }`;

  const make = (tag, className = "", text = "", more = {}) => Object.assign(doc.createElement(tag), { className, textContent: text }, more);
  const host = make("phone-cashier");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new doc.defaultView.CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const dialog = make("dialog");
  dialog.style.setProperty("--colour", order.colour);
  dialog.setAttribute("aria-label", "收银台");
  dialog.tabIndex = -1;
  root.append(dialog);
  doc.documentElement.append(host);

  const amount = () => {
    const line = make("p", "amount");
    line.append(make("small", "", "¥"), (order.amount_fen / 100).toFixed(2));
    return line;
  };

  return new Promise((resolve) => {
    let digits = 0;
    let stage = "password";
    const leave = (result) => { dialog.close(); host.remove(); resolve(result); };

    const finish = async (result) => {
      if (stage !== "password") return;
      stage = "settling";
      const wait = make("div", "wait");
      wait.setAttribute("role", "status");
      wait.append(make("div", "ring"), "正在支付…");
      dialog.replaceChildren(wait);
      let refusal = "";
      try { await settle(result); } catch (error) { refusal = error.message || "支付没有完成"; }
      if (result === "cancel") return leave("cancel");
      show(refusal ? "fail" : result, refusal);
    };

    const show = (result, refusal) => {
      stage = result;
      const box = make("div", "done");
      const good = result === "ok";
      const button = make("button", "finish", good ? "完成" : "知道了", { type: "button", onclick: () => leave(result) });
      box.append(make("div", good ? "mark" : "mark bad", good ? "✓" : "!"), make("div", "", good ? "支付成功" : "支付失败"));
      if (good) box.append(amount(), make("p", "what", order.payee));
      else box.append(make("p", "what", refusal || "银行没有完成这次扣款"));
      box.append(button);
      dialog.replaceChildren(box);
      button.focus();
    };

    const press = (key) => {
      if (stage !== "password") return;
      digits = key === "back" ? Math.max(0, digits - 1) : digits + 1;
      [...boxes.children].forEach((box, i) => { box.className = i < digits ? "full" : i === digits ? "next" : ""; });
      if (digits === 6) setTimeout(() => finish("ok"), 160);
    };

    const header = make("header", "", "请输入支付密码");
    header.prepend(make("button", "close", "✕", { type: "button", ariaLabel: "取消支付", onclick: () => finish("cancel") }));
    const method = make("div", "method", "付款方式");
    method.append(make("b", "", order.method));
    const boxes = make("div", "boxes");
    boxes.setAttribute("aria-label", "六位支付密码，任意数字都行");
    for (let i = 0; i < 6; i += 1) boxes.append(make("i", i ? "" : "next"));
    const pad = make("div", "pad");
    for (const key of ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "⌫"]) {
      if (!key) pad.append(make("span"));
      else if (key === "⌫") pad.append(make("button", "plain", key, { type: "button", ariaLabel: "删除", onclick: () => press("back") }));
      else pad.append(make("button", "", key, { type: "button", onclick: () => press(key) }));
    }
    const drill = make("button", "drill", "演练：让这次支付失败", { type: "button", onclick: () => finish("fail") });
    dialog.append(header, make("p", "payee", order.payee), amount(), make("p", "what", order.description), method, boxes, drill, pad);

    dialog.addEventListener("keydown", (event) => {
      if (/^[0-9]$/.test(event.key)) press(event.key);
      else if (event.key === "Backspace") press("back");
      else return;
      event.preventDefault();
    });
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      if (stage === "password") finish("cancel");
      else if (stage === "ok" || stage === "fail") leave(stage);
    });
    if (order.within) {
      const frame = order.within.getBoundingClientRect();
      Object.assign(dialog.style, { left: `${frame.left}px`, right: "auto", width: `${frame.width}px`, bottom: `${doc.defaultView.innerHeight - frame.bottom}px` });
    }
    dialog.showModal();
    dialog.focus();
  });
}
