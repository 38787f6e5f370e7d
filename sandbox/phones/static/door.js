// From the sandbox's plain address to the first phone's own one. A browser that can't find *.localhost says so here, not on an error page.
const desk = document.getElementById("desk").href;
fetch(new URL("/phone/assets/shared/door.js", desk), { mode: "no-cors" }).then(
  () => location.replace(desk),
  () => { document.getElementById("hint").textContent = "这个浏览器找不到手机的地址。请用 Chrome、Edge 或 Firefox，或在 hosts 文件里把它写成 127.0.0.1。"; },
);
