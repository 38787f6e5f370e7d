// Draws the page's pictures of sums once more with Apache ECharts, so that each bar says its sum under the pointer or a finger.
// Without scripts, and on paper, the picture that the server has drawn stays; the table below has every number.

const COLOURS = { in: "#06753a", out: "#b3261e" };
const INK = { color: "#1b1d1f", fontSize: 15 };
const STANDING_PX = 280;
const NARROW_PX = 480; // below this, the names and sums of lying bars stand above them
const ROW_PX = { wide: 34, narrow: 48 };
const BAR_PX = { wide: 22, narrow: 18 };

for (const figure of document.querySelectorAll("figure[data-chart]")) draw(figure, JSON.parse(figure.dataset.chart));

function draw(figure, data) {
  const live = document.createElement("div");
  live.className = "chart__live";
  live.role = "img";
  live.ariaLabel = figure.querySelector("svg").getAttribute("aria-label");
  figure.prepend(live);
  figure.classList.add("chart--live");
  const chart = globalThis.echarts.init(live, null, { renderer: "svg" });
  new ResizeObserver(() => lay(chart, live, data)).observe(figure);
}

function lay(chart, live, data) {
  const look = live.clientWidth < NARROW_PX ? "narrow" : "wide";
  live.style.height = `${data.lying ? data.names.length * ROW_PX[look] + 16 : STANDING_PX}px`;
  chart.resize();
  chart.setOption(option(data, look), true);
}

function option({ lying, names, series }, look) {
  return {
    animation: false,
    legend: { show: series.length > 1, right: 0, top: 0, textStyle: INK },
    grid: lying ? lyingGrid(look) : { left: 8, right: 24, top: 36, bottom: 0, containLabel: true },
    tooltip: { confine: true, renderMode: "richText", ...(lying ? ofBar(series) : ofColumn(series)) },
    ...(lying ? lyingAxes(names, series[0].shows, look) : standingAxes(names)),
    series: series.map((one) => bars(one, lying, look)),
  };
}

function lyingGrid(look) {
  return look === "wide"
    ? { left: 8, right: 110, top: 0, bottom: 0, containLabel: true }
    : { left: 0, right: 0, top: 8, bottom: 0 };
}

function ofBar(series) {
  return { formatter: (at) => series[at.seriesIndex].says[at.dataIndex] };
}

// Columns of a month are too thin for a finger: the whole place of a day answers.
function ofColumn(series) {
  return { trigger: "axis", formatter: ([at]) => series.map((one) => one.says[at.dataIndex]).join("\n") };
}

function lyingAxes(names, shows, look) {
  const above = { inside: true, margin: 4, verticalAlign: "bottom", padding: [0, 0, BAR_PX.narrow / 2 + 6, 0] };
  const both = { ...INK, ...above, formatter: (name, at) => `${name}  ${shows[at]}` };
  const axisLabel = { ...(look === "wide" ? INK : both), interval: 0 };
  return {
    xAxis: { type: "value", axisLabel: { show: false }, splitLine: { show: false } },
    yAxis: { type: "category", data: names, inverse: true, z: 3, axisTick: { show: false }, axisLabel },
  };
}

function standingAxes(names) {
  return {
    xAxis: { type: "category", data: names, axisTick: { show: false }, axisLabel: { ...INK, hideOverlap: true, margin: 12 } },
    yAxis: { type: "value", axisLabel: { ...INK, formatter: (fen) => (fen / 100).toLocaleString("zh-CN") } },
  };
}

function bars({ name, look: colour, values, shows }, lying, look) {
  const beside = { ...INK, show: lying && look === "wide", position: "right", formatter: (at) => shows[at.dataIndex] };
  const barMaxWidth = lying ? BAR_PX[look] : 28;
  return { type: "bar", name, data: values, itemStyle: { color: COLOURS[colour] }, barMaxWidth, label: beside };
}
