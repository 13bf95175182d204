"use strict";
// Draws the charts of the first page from what stands in their canvases.
(function () {
  if (!window.Chart) return; // the tables below say the same
  const ink = "#0f766e";
  const shades = ["#cbd5e1", "#99f6e4", "#2dd4bf", "#0f766e", "#d97706"];
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.color = "#475569";
  Chart.defaults.maintainAspectRatio = false;
  const whole = { beginAtZero: true, ticks: { precision: 0 }, grid: { color: "#eef2f5" } };
  const bare = { grid: { display: false } };

  const drawn = {
    bars: (chart) => ({
      type: "bar",
      data: { labels: chart.labels, datasets: [{ label: chart.title, data: chart.values, backgroundColor: ink, borderRadius: 4, maxBarThickness: 34 }] },
      options: { indexAxis: "y", scales: { x: whole, y: bare }, plugins: { legend: { display: false } } },
    }),
    ring: (chart) => ({
      type: "doughnut",
      data: { labels: chart.labels, datasets: [{ data: chart.values, backgroundColor: shades, borderWidth: 2 }] },
      options: { cutout: "62%", plugins: { legend: { position: "bottom", labels: { boxWidth: 12 } } } },
    }),
    line: (chart) => ({
      type: "line",
      data: { labels: chart.labels, datasets: [{ label: chart.title, data: chart.values, borderColor: ink, backgroundColor: "rgba(15, 118, 110, .12)", fill: true, tension: .3, pointRadius: 3 }] },
      options: { scales: { x: bare, y: whole }, plugins: { legend: { display: false } } },
    }),
  };

  document.querySelectorAll("canvas[data-chart]").forEach((canvas) => {
    const chart = JSON.parse(canvas.dataset.chart);
    new Chart(canvas, drawn[chart.kind](chart));
    canvas.dataset.drawn = "";
  });
})();
