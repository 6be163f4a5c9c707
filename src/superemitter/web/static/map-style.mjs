// How the map looks: every colour is a custom property of map.css, so light and dark stand in one place.
export const RATES = 5; // no rate, and four classes of rate

export function style(canvas, page) {
  const sources = {
    land: { type: "geojson", data: page.landCoarse, maxzoom: 8, tolerance: 0.3, buffer: 16 },
    plumes: { type: "geojson", data: nothing() },
  };
  const layers = [
    { id: "sea", type: "background" },
    { id: "land", type: "fill", source: "land" },
    ...(page.plume ? plumeLayers(page.plume, sources) : []),
    ...viewLayers(),
  ];
  const whole = { version: 8, sources, layers };
  for (const [layer, property, value] of paints(canvas)) {
    const one = layers.find(({ id }) => id === layer);
    if (one) one.paint = { ...one.paint, [property]: value };
  }
  return whole;
}

// Colours again, after the reader turned from light to dark.
export function paintFromPage(map, canvas) {
  for (const [layer, property, value] of paints(canvas)) {
    if (map.getLayer(layer)) map.setPaintProperty(layer, property, value);
  }
}

function viewLayers() {
  const radius = ["interpolate", ["linear"], ["get", "size"], 0, 9, 2, 15, 4, 21, 6, 27];
  const dot = ["match", ["get", "class"], 0, 5, 1, 5, 2, 6.5, 3, 8.5, 11];
  return [
    {
      id: "cells",
      type: "circle",
      source: "plumes",
      filter: ["==", ["get", "kind"], "cell"],
      layout: { "circle-sort-key": ["get", "count"] },
      paint: { "circle-radius": radius, "circle-stroke-width": 1.5, "circle-opacity": 0.92 },
    },
    {
      id: "counts",
      type: "symbol",
      source: "plumes",
      filter: ["==", ["get", "kind"], "cell"],
      layout: {
        "text-field": ["get", "label"],
        "text-font": ["system-ui"],
        "text-size": 11.5,
        "text-allow-overlap": false,
        "text-padding": 0,
        "symbol-sort-key": ["-", 0, ["get", "count"]],
      },
    },
    {
      id: "plumes",
      type: "circle",
      source: "plumes",
      filter: ["==", ["get", "kind"], "plume"],
      layout: { "circle-sort-key": ["get", "class"] },
      paint: { "circle-radius": dot, "circle-stroke-width": 1.5, "circle-opacity": 0.92 },
    },
  ];
}

function plumeLayers({ image, corners, outline }, sources) {
  const layers = [];
  if (image && corners) {
    sources.overlay = { type: "image", url: new URL(image, document.baseURI).href, coordinates: corners };
    const paint = { "raster-fade-duration": 0, "raster-resampling": "nearest" };
    layers.push({ id: "overlay", type: "raster", source: "overlay", paint });
  }
  if (outline) {
    sources.outline = { type: "geojson", data: outline };
    layers.push({ id: "outline-rim", type: "line", source: "outline", paint: { "line-width": 4 } });
    layers.push({ id: "outline", type: "line", source: "outline", paint: { "line-width": 2 } });
  }
  sources.place = { type: "geojson", data: nothing() };
  layers.push({ id: "place", type: "circle", source: "place", paint: { "circle-radius": 6, "circle-stroke-width": 2.5, "circle-opacity": 0 } });
  return layers;
}

function paints(canvas) {
  const read = getComputedStyle(canvas);
  const colour = (name) => read.getPropertyValue(`--map-${name}`).trim();
  const classes = Array.from({ length: RATES }, (_, k) => k);
  const fill = ["match", ["get", "class"], ...classes.slice(0, -1).flatMap((k) => [k, colour(`rate-${k}`)]), colour(`rate-${RATES - 1}`)];
  const ink = ["match", ["get", "class"], ...classes.slice(0, -1).flatMap((k) => [k, colour(`on-rate-${k}`)]), colour(`on-rate-${RATES - 1}`)];
  return [
    ["sea", "background-color", colour("sea")],
    ["land", "fill-color", colour("land")],
    ["land", "fill-outline-color", colour("land")],
    ["cells", "circle-color", fill],
    ["cells", "circle-stroke-color", colour("rim")],
    ["counts", "text-color", ink],
    ["plumes", "circle-color", fill],
    ["plumes", "circle-stroke-color", colour("rim")],
    ["outline-rim", "line-color", colour("outline-rim")],
    ["outline", "line-color", colour("outline")],
    ["place", "circle-color", colour("outline")],
    ["place", "circle-stroke-color", colour("outline")],
  ];
}

function nothing() {
  return { type: "FeatureCollection", features: [] };
}
