"use strict";
// Draw each chart from the data attribute of its canvas.
(function () {
  if (!window.Chart) return; // the tables below show the same data
  const ink = "#0f766e";
  const shades = ["#cbd5e1", "#99f6e4", "#2dd4bf", "#0f766e", "#d97706"];
  const marks = ["#15803d", "#b91c1c", "#d97706", "#2563eb"]; // present, absent, late, excused
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.color = "#475569";
  Chart.defaults.maintainAspectRatio = false;
  Chart.defaults.locale = document.documentElement.lang + "-u-nu-latn"; // the digits of the pages
  const rtl = document.documentElement.dir === "rtl";
  Chart.defaults.plugins.legend.rtl = Chart.defaults.plugins.tooltip.rtl = rtl;
  const along = { reverse: rtl };
  const upright = { position: rtl ? "right" : "left" };
  const whole = { beginAtZero: true, ticks: { precision: 0 }, grid: { color: "#eef2f5" } };
  const percents = { min: 0, max: 100, ticks: { callback: (value) => value + " %" }, grid: { color: "#eef2f5" } };
  const bare = { grid: { display: false } };
  const length = (chart) => (chart.percent ? percents : whole);
  const said = (chart, axis) => ({
    legend: { display: false },
    tooltip: { callbacks: chart.percent ? { label: (at) => at.parsed[axis] + " %" } : {} },
  });
  const ring = (chart, colors) => ({
    type: "doughnut",
    data: { labels: chart.labels, datasets: [{ data: chart.values, backgroundColor: colors, borderWidth: 2 }] },
    options: { cutout: "62%", plugins: { legend: { position: "bottom", labels: { boxWidth: 12 } } } },
  });

  const drawn = {
    bars: (chart) => ({
      type: "bar",
      data: { labels: chart.labels, datasets: [{ label: chart.title, data: chart.values, backgroundColor: ink, borderRadius: 4, maxBarThickness: 34 }] },
      options: { indexAxis: "y", scales: { x: { ...length(chart), ...along }, y: { ...bare, ...upright } }, plugins: said(chart, "x") },
    }),
    columns: (chart) => ({
      type: "bar",
      data: { labels: chart.labels, datasets: [{ label: chart.title, data: chart.values, backgroundColor: ink, borderRadius: 4, maxBarThickness: 46 }] },
      options: { scales: { x: { ...bare, ...along }, y: { ...length(chart), ...upright } }, plugins: said(chart, "y") },
    }),
    ring: (chart) => ring(chart, shades),
    marks: (chart) => ring(chart, marks),
    line: (chart) => ({
      type: "line",
      data: { labels: chart.labels, datasets: [{ label: chart.title, data: chart.values, borderColor: ink, backgroundColor: "rgba(15, 118, 110, .12)", fill: true, tension: .3, pointRadius: 3, spanGaps: true }] },
      options: { scales: { x: { ...bare, ...along }, y: { ...length(chart), ...upright } }, plugins: said(chart, "y") },
    }),
  };

  document.querySelectorAll("canvas[data-chart]").forEach((canvas) => {
    const chart = JSON.parse(canvas.dataset.chart);
    new Chart(canvas, drawn[chart.kind](chart));
    canvas.dataset.drawn = "";
  });
})();
