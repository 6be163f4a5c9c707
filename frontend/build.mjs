// Puts the files of other projects that pages need into the folder given: the map library, the page of the API,
// the land of the world. Run by the package build after `npm ci`; nothing is fetched here.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { feature } from "topojson-client";
import { cutAtAntimeridian } from "./antimeridian.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const out = process.argv[2];
if (!out) throw new Error("usage: node build.mjs FOLDER");

const COPIED = {
  "maplibre/maplibre-gl.mjs": "maplibre-gl/dist/maplibre-gl.mjs",
  "maplibre/maplibre-gl-worker.mjs": "maplibre-gl/dist/maplibre-gl-worker.mjs",
  "maplibre/maplibre-gl.css": "maplibre-gl/dist/maplibre-gl.css",
  "maplibre/LICENSE.txt": "maplibre-gl/LICENSE.txt",
  "swagger-ui/swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
  "swagger-ui/swagger-ui-bundle.js.LICENSE.txt": "swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt",
  "swagger-ui/swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
  "swagger-ui/LICENSE": "swagger-ui-dist/LICENSE",
  "swagger-ui/NOTICE": "swagger-ui-dist/NOTICE",
  "land/LICENSE": "world-atlas/LICENSE",
};
// Whole continents are drawn first, from the small one; decimals finer than 1:110 and 1:50 million are dropped.
const LANDS = [["land-coarse.geojson", "land-110m.json", 2], ["land.geojson", "land-50m.json", 3]];

rmSync(out, { recursive: true, force: true });
for (const [to, from] of Object.entries(COPIED)) {
  const target = join(out, to);
  mkdirSync(dirname(target), { recursive: true });
  if (/\.(mjs|js|css)$/.test(to)) writeFileSync(target, withoutSourceMap(readFileSync(join(modules, from), "utf8")));
  else copyFileSync(join(modules, from), target);
}
for (const [to, from, decimals] of LANDS) {
  const world = JSON.parse(readFileSync(join(modules, "world-atlas", from), "utf8"));
  const land = cutAtAntimeridian(feature(world, world.objects.land), decimals);
  writeFileSync(join(out, "land", to), JSON.stringify(land));
}

// Source maps are not shipped, so nothing may name them.
function withoutSourceMap(text) {
  return text.replace(/\n?(\/\/|\/\*)# sourceMappingURL=\S+( \*\/)?\s*$/, "\n");
}
