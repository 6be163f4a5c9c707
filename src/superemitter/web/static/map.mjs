// The map of a page: <div class="map" data-map ...>, see templates/map.html. All words come from data attributes.
// What it shows stands also in the list below it, so nothing needs a pointer or an eye for colour.
import { fillList, fillPopup } from "./map-list.mjs";
import { style, paintFromPage, RATES } from "./map-style.mjs";

const FEW_PIXELS = 8; // around a click, plumes this near are meant too
const WAIT_MS = 120;
const FINE_LAND_ZOOM = 3;
const LOCALES = { en: "en-GB", zh: "zh-Hans-CN" };

for (const section of document.querySelectorAll("[data-map]")) start(section);

async function start(section) {
  const page = readPage(section);
  try {
    const library = await import(page.library);
    library.setWorkerUrl(page.worker);
    section.hidden = false;
    draw(library, section, page);
  } catch (error) {
    console.error(error);
    tell(section, page.texts.unavailable);
    section.classList.add("map-unavailable");
  }
}

// Everything the server says about this map.
function readPage(section) {
  const { library, worker, land, landCoarse, cells, plumeUrl, listUrl, limits, bounds, texts, plume, lang } = section.dataset;
  const absolute = (address) => new URL(address, document.baseURI).href;
  return {
    library: absolute(library),
    worker: absolute(worker),
    land: absolute(land),
    landCoarse: absolute(landCoarse),
    cells: cells ? absolute(cells) : null,
    plumeUrl,
    listUrl: listUrl ? absolute(listUrl) : null,
    limits: JSON.parse(limits),
    bounds: bounds ? JSON.parse(bounds) : [-170, -56, 170, 72],
    texts: JSON.parse(texts),
    plume: plume ? JSON.parse(plume) : null,
    lang: LOCALES[lang] ?? lang,
  };
}

function draw(library, section, page) {
  const canvas = section.querySelector("[data-map-canvas]");
  const { texts } = page;
  const [west, south, east, north] = page.bounds;
  const map = new library.Map({
    container: canvas,
    style: style(canvas, page),
    bounds: [[west, south], [east < west ? east + 360 : east, north]],
    fitBoundsOptions: { padding: 12, maxZoom: 13 },
    maxZoom: 17,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    cooperativeGestures: true,
    attributionControl: false,
    fadeDuration: 0,
    locale: texts.locale,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new library.ScaleControl({ unit: "metric" }), "bottom-left");
  map.getCanvas().setAttribute("aria-label", texts.label);
  map.on("error", ({ error }) => console.error(error));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => paintFromPage(map, canvas));
  map.once("load", () => canvas.setAttribute("data-drawn", ""));
  refineLand(map, page);
  if (page.plume) addPlume(map, canvas, page);
  if (page.cells) follow(library, map, section, page);
}

// Continents are there at once; the fine coast follows when one comes near.
function refineLand(map, page) {
  const refine = () => {
    if (map.getZoom() < FINE_LAND_ZOOM) return;
    map.off("zoomend", refine);
    map.getSource("land").setData(page.land);
  };
  map.on("zoomend", refine);
  map.once("load", refine);
}

// ---- many plumes: cells or points of what is in view

function follow(library, map, section, page) {
  let asked = new AbortController();
  let timer = 0;
  const ask = async () => {
    asked.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(viewAddress(map, page), { signal: asked.signal, headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(`${answer.status}`);
      show(library, map, section, page, await answer.json());
    } catch (error) {
      if (error.name === "AbortError") return;
      console.error(error);
      tell(section, page.texts.failed);
    }
  };
  map.on("moveend", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  map.on("click", (event) => clicked(library, map, page, event));
  map.on("mousemove", (event) => {
    map.getCanvas().style.cursor = near(map, event.point).length ? "pointer" : "";
  });
  ask();
}

// What is asked of the server: the filters of the page, the box in view, the zoom.
function viewAddress(map, page) {
  const bounds = map.getBounds();
  const address = new URL(page.cells);
  const whole = bounds.getEast() - bounds.getWest() >= 360;
  const [west, east] = whole ? [-180, 180] : [bounds.getWest(), bounds.getEast()].map(wrapped);
  const [south, north] = [Math.max(-90, bounds.getSouth()), Math.min(90, bounds.getNorth())];
  address.searchParams.set("bbox", [west, south, east, north].map((edge) => edge.toFixed(4)).join(","));
  address.searchParams.set("zoom", Math.min(24, Math.max(0, Math.round(map.getZoom()))));
  return address;
}

function wrapped(longitude) {
  return ((((longitude + 180) % 360) + 360) % 360) - 180;
}

function show(library, map, section, page, view) {
  const cells = view.cells.map((cell) => cellFeature(cell, page));
  const plumes = view.plumes.map((plume) => plumeFeature(plume, page));
  const put = () => map.getSource("plumes").setData({ type: "FeatureCollection", features: [...cells, ...plumes] });
  if (map.getSource("plumes")) put();
  else map.once("styledata", put);
  tell(section, page.texts.total.replace("{count}", number(page, view.total)));
  const zoomTo = ([longitude, latitude]) => map.easeTo({ center: [longitude, latitude], zoom: map.getZoom() + 2 });
  fillList(section.querySelector("[data-map-list]"), view, page, zoomTo);
  section.setAttribute("data-shown", view.total);
}

function cellFeature([longitude, latitude, count, rate], page) {
  const properties = { kind: "cell", count, label: short(page, count), size: Math.log10(count), class: rateClass(page, rate) };
  return { type: "Feature", geometry: { type: "Point", coordinates: [longitude, latitude] }, properties };
}

function plumeFeature(plume, page) {
  const properties = { kind: "plume", class: rateClass(page, plume.rate_kg_h), plume: JSON.stringify(plume) };
  return { type: "Feature", geometry: { type: "Point", coordinates: [plume.longitude, plume.latitude] }, properties };
}

// 0 for no known rate, then 1, 2, ... for each limit that is reached.
function rateClass(page, rate) {
  if (rate === null || rate === undefined) return 0;
  return Math.min(RATES - 1, 1 + page.limits.filter((limit) => rate >= limit).length);
}

function near(map, point) {
  const box = [[point.x - FEW_PIXELS, point.y - FEW_PIXELS], [point.x + FEW_PIXELS, point.y + FEW_PIXELS]];
  const layers = ["plumes", "cells"].filter((layer) => map.getLayer(layer));
  return map.queryRenderedFeatures(box, { layers });
}

function largestFirst(plumes) {
  return plumes.sort((a, b) => (b.rate_kg_h ?? -1) - (a.rate_kg_h ?? -1) || b.id - a.id);
}

// The box of the ground under a click: west, south, east, north.
function around(map, { x, y }) {
  const [a, b] = [map.unproject([x - FEW_PIXELS, y + FEW_PIXELS]), map.unproject([x + FEW_PIXELS, y - FEW_PIXELS])];
  return [wrapped(a.lng), a.lat, wrapped(b.lng), b.lat].map((edge) => edge.toFixed(5));
}

function clicked(library, map, page, event) {
  const found = near(map, event.point);
  const cell = found.find(({ properties }) => properties.kind === "cell");
  if (cell) {
    map.easeTo({ center: cell.geometry.coordinates, zoom: map.getZoom() + 2 });
    return;
  }
  const plumes = new Map(found.map(({ properties }) => JSON.parse(properties.plume)).map((plume) => [plume.id, plume]));
  if (!plumes.size) return;
  new library.Popup({ maxWidth: "20rem", focusAfterOpen: true })
    .setLngLat(found[0].geometry.coordinates)
    .setDOMContent(fillPopup(largestFirst([...plumes.values()]), page, around(map, event.point)))
    .addTo(map);
}

// ---- one plume: its picture, outline, wind and source

function addPlume(map, canvas, page) {
  const { longitude, latitude, wind_from_deg: windFrom } = page.plume;
  map.once("load", () => map.getSource("place").setData({ type: "Point", coordinates: [longitude, latitude] }));
  if (windFrom === null || windFrom === undefined) return;
  const figure = document.createElement("div");
  figure.className = "map-wind";
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("viewBox", "-20 -20 40 40");
  drawing.setAttribute("aria-hidden", "true");
  const arrow = document.createElementNS("http://www.w3.org/2000/svg", "path");
  arrow.setAttribute("d", "M0 16V-8M-7 -5L0 -16L7 -5Z");
  arrow.setAttribute("transform", `rotate(${windFrom + 180})`);
  drawing.append(arrow);
  const text = document.createElement("span");
  text.textContent = page.texts.wind;
  figure.append(drawing, text);
  canvas.append(figure);
}

// ---- words

function tell(section, text) {
  section.querySelector("[data-map-status]").textContent = text;
}

function number(page, value) {
  return new Intl.NumberFormat(page.lang).format(value);
}

function short(page, value) {
  return new Intl.NumberFormat(page.lang, { notation: "compact", maximumFractionDigits: value < 10_000 ? 1 : 0 }).format(value);
}
