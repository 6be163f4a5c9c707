// Polygons that cross 180 degrees of longitude, or hold a pole, cut so that flat maps draw no streaks.

// A feature (collection) of (multi)polygons as one MultiPolygon feature within -180..180, rounded.
export function cutAtAntimeridian(geojson, decimals) {
  const features = geojson.features ?? [geojson];
  const polygons = features.flatMap(({ geometry }) =>
    geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates,
  );
  const pieces = polygons.flatMap(cutPolygon).map((rings) => rounded(rings, decimals));
  const coordinates = pieces.filter((rings) => rings.length > 0);
  return { type: "Feature", properties: {}, geometry: { type: "MultiPolygon", coordinates } };
}

function cutPolygon([outer, ...holes]) {
  const shell = unwrapped(outer);
  const inner = holes.map((hole) => beside(unwrapped(hole), shell));
  const pieces = [];
  for (const turn of [-360, 0, 360]) {
    const cut = clipped(moved(shell, turn));
    if (cut.length < 4) continue;
    pieces.push([cut, ...inner.map((hole) => clipped(moved(hole, turn))).filter((ring) => ring.length >= 4)]);
  }
  return pieces;
}

// A ring whose longitude runs on beyond 180; one that goes around a pole is closed over it.
function unwrapped(ring) {
  const out = [ring[0].slice()];
  for (const [lon, lat] of ring.slice(1)) {
    const before = out[out.length - 1][0];
    out.push([lon - 360 * Math.round((lon - before) / 360), lat]);
  }
  const [first, last] = [out[0], out[out.length - 1]];
  if (Math.abs(last[0] - first[0]) > 180) {
    const pole = out.reduce((sum, [, lat]) => sum + lat, 0) > 0 ? 90 : -90;
    out.push([last[0], pole], [first[0], pole], first.slice());
  }
  return out;
}

// The ring moved by whole turns to where the other one is.
function beside(ring, other) {
  return moved(ring, 360 * Math.round((other[0][0] - ring[0][0]) / 360));
}

function moved(ring, turn) {
  return ring.map(([lon, lat]) => [lon + turn, lat]);
}

// The part between -180 and 180, after Sutherland and Hodgman.
function clipped(ring) {
  let points = ring.slice(0, -1);
  for (const [edge, sign] of [[-180, 1], [180, -1]]) {
    const inside = ([lon]) => sign * (lon - edge) >= 0;
    points = points.flatMap((point, i) => {
      const before = points[(i + points.length - 1) % points.length];
      const out = inside(point) ? [point] : [];
      if (inside(point) === inside(before)) return out;
      const share = (edge - before[0]) / (point[0] - before[0]);
      return [[edge, before[1] + share * (point[1] - before[1])], ...out];
    });
  }
  return points.length < 3 ? [] : [...points, points[0]];
}

// Rings rounded, repeated points dropped; without an outer ring of some size, nothing.
function rounded(rings, decimals) {
  const short = rings.map((ring) => {
    const points = ring.map((point) => point.map((value) => Number(value.toFixed(decimals)) + 0));
    return points.filter(([x, y], i) => i === 0 || x !== points[i - 1][0] || y !== points[i - 1][1]);
  });
  return area(short[0]) === 0 ? [] : short.filter((ring) => area(ring) > 0);
}

// In square degrees; 0 for a ring that only runs along the cut and back.
function area(ring) {
  const twice = ring.slice(1).reduce((sum, [x, y], i) => sum + ring[i][0] * y - x * ring[i][1], 0);
  return Math.abs(twice) < 1e-9 ? 0 : Math.abs(twice) / 2;
}
