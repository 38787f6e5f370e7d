// Counts the seconds down that are left to pay a code. It measures time itself: the phone's clock may be wrong.

const shown = document.querySelector("[data-seconds-left]");
const until = performance.now() + Number(shown.dataset.secondsLeft) * 1000;

const timer = setInterval(() => {
  const seconds = Math.max(0, Math.round((until - performance.now()) / 1000));
  if (!shown.isConnected || seconds === 0) clearInterval(timer);
  shown.textContent = seconds ? `还剩 ${Math.floor(seconds / 60)}分${String(seconds % 60).padStart(2, "0")}秒` : "已到时间";
}, 1000);
