// Draws the page's pictures of sums once more with Apache ECharts, so that each bar says its sum under the pointer or a finger.
// Without scripts, and on paper, the picture that the server has drawn stays; the table below has every number.

const COLOURS = { in: "#06753a", out: "#b3261e" };
const INK = { color: "#1b1d1f", fontSize: 15 };
const ROW_PX = 34;
const STANDING_PX = 280;

for (const figure of document.querySelectorAll("figure[data-chart]")) draw(figure, JSON.parse(figure.dataset.chart));

function draw(figure, { lying, names, series }) {
  const live = document.createElement("div");
  live.className = "chart__live";
  live.role = "img";
  live.ariaLabel = figure.querySelector("svg").getAttribute("aria-label");
  live.style.height = `${lying ? names.length * ROW_PX + 16 : STANDING_PX}px`;
  figure.prepend(live);
  figure.classList.add("chart--live");
  const chart = globalThis.echarts.init(live, null, { renderer: "svg" });
  chart.setOption({
    animation: false,
    legend: { show: series.length > 1, right: 0, top: 0, textStyle: INK },
    grid: { left: 8, right: lying ? 110 : 16, top: lying ? 0 : 36, bottom: 0, containLabel: true },
    tooltip: { confine: true, renderMode: "richText", formatter: (at) => series[at.seriesIndex].says[at.dataIndex] },
    ...axes(lying, names),
    series: series.map((one) => bars(lying, one)),
  });
  new ResizeObserver(() => chart.resize()).observe(figure);
}

function axes(lying, names) {
  const category = { type: "category", data: names, inverse: lying, axisTick: { show: false }, axisLabel: INK };
  const yuan = { ...INK, formatter: (fen) => (fen / 100).toLocaleString("zh-CN") };
  const value = { type: "value", axisLabel: lying ? { show: false } : yuan, splitLine: { show: !lying } };
  return lying ? { xAxis: value, yAxis: category } : { xAxis: category, yAxis: value };
}

function bars(lying, { name, look, values, shows }) {
  const label = { ...INK, show: lying, position: "right", formatter: (at) => shows[at.dataIndex] };
  return { type: "bar", name, data: values, itemStyle: { color: COLOURS[look] }, barMaxWidth: lying ? 22 : 28, label };
}
