// The map in words: a list of what it shows, and what a click on a plume opens. Real links, so it needs no map.
const LISTED = 30;
const IN_POPUP = 8;

// "1,240 kg/h (68 %: 830–1,760), EMIT, 17 July 2023 06:05 UTC", in the words and the order of the page's language.
export function describePlume(plume, page) {
  const { texts } = page;
  const number = rates(page); // three figures, as everywhere on the pages
  const rate =
    plume.rate_kg_h === null
      ? texts.no_rate
      : plume.rate_low_kg_h === null || plume.rate_high_kg_h === null
        ? filled(texts.rate, { rate: number.format(plume.rate_kg_h) })
        : filled(texts.rate_interval, {
            rate: number.format(plume.rate_kg_h),
            low: number.format(plume.rate_low_kg_h),
            high: number.format(plume.rate_high_kg_h),
          });
  const moment = new Date(plume.time);
  const day = moment.toLocaleDateString(page.lang, { dateStyle: "long", timeZone: "UTC" });
  const hour = moment.toLocaleTimeString(page.lang, { timeStyle: "short", timeZone: "UTC" });
  const parts = { rate, instrument: plume.instrument || texts.no_instrument, time: `${day} ${hour} UTC` };
  return filled(plume.simulated ? texts.simulated_plume : texts.plume, parts);
}

function rates(page) {
  return new Intl.NumberFormat(page.lang, { maximumSignificantDigits: 3 });
}

export function fillList(list, view, page, zoomTo) {
  if (!list) return;
  const entries = view.cells.length ? cellEntries(view, page, zoomTo) : plumeEntries(view, page);
  const left = (view.cells.length || view.plumes.length) - entries.length;
  if (left > 0) entries.push(item(text(filled(page.texts.more, { count: new Intl.NumberFormat(page.lang).format(left) }))));
  list.replaceChildren(...entries);
}

// `box` is the ground under the click: those that have no room are in the list of that box.
export function fillPopup(plumes, page, box) {
  const list = document.createElement("ul");
  list.className = "map-popup";
  list.append(...plumes.slice(0, IN_POPUP).map((plume) => item(plumeLink(plume, page))));
  if (plumes.length > IN_POPUP) list.append(item(rest(plumes.length - IN_POPUP, page, box)));
  return list;
}

function rest(count, page, box) {
  const words = filled(page.texts.more, { count: new Intl.NumberFormat(page.lang).format(count) });
  if (!page.listUrl) return text(words);
  const link = document.createElement("a");
  const address = new URL(page.listUrl);
  address.searchParams.set("bbox", box.join(","));
  link.href = address.href;
  link.textContent = words;
  return link;
}

// Greatest first, as buttons that go there.
function cellEntries(view, page, zoomTo) {
  const number = new Intl.NumberFormat(page.lang);
  const degrees = new Intl.NumberFormat(page.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const greatest = [...view.cells].sort((a, b) => b[2] - a[2]).slice(0, LISTED);
  return greatest.map(([longitude, latitude, count, rate]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    const place = { longitude: degrees.format(longitude), latitude: degrees.format(latitude) };
    const words = rate === null ? page.texts.cell : page.texts.cell_rate;
    button.textContent = filled(words, { ...place, count: number.format(count), rate: rates(page).format(rate ?? 0) });
    button.addEventListener("click", () => zoomTo([longitude, latitude]));
    return item(button);
  });
}

function plumeEntries(view, page) {
  return [...view.plumes].reverse().slice(0, LISTED).map((plume) => item(plumeLink(plume, page)));
}

function plumeLink(plume, page) {
  const link = document.createElement("a");
  link.href = `${page.plumeUrl}${encodeURIComponent(plume.id)}`;
  link.textContent = describePlume(plume, page);
  return link;
}

function filled(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function item(content) {
  const entry = document.createElement("li");
  entry.append(content);
  return entry;
}

function text(content) {
  return document.createTextNode(content);
}
