// Bytes of the page → columns of numbers. The other end is `packing.py`.

/** Inflate base64 text to bytes. */
export async function inflate(text) {
  const packed = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : decoded(text);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function decoded(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Unpack a column: Int32Array where values may be negative or are sums, else Uint32Array. */
export function column(bytes, packed) {
  const { at, n, planes, signed, summed } = packed;
  const values = signed || summed ? new Int32Array(n) : new Uint32Array(n);
  if (planes) values.set(bytes.subarray(at, at + n));
  for (let plane = 1; plane < planes; plane++) {
    const part = bytes.subarray(at + plane * n, at + (plane + 1) * n), shift = 8 * plane;
    for (let i = 0; i < n; i++) if (part[i]) values[i] |= part[i] << shift;
  }
  if (signed) for (let i = 0; i < n; i++) values[i] = (values[i] >>> 1) ^ -(values[i] & 1);
  if (summed) for (let i = 1; i < n; i++) values[i] += values[i - 1];
  return values;
}

/**
 * Unpack a layer: the bars of lane `i` are those from `first[i]` up to `first[i + 1]`, in the order of
 * their starts. `row` counts from 0, -1 is none. `longest[i]` is the longest bar of a lane.
 */
export function layer(bytes, packed) {
  const lanes = packed.counts.length, first = new Uint32Array(lanes + 1);
  for (let i = 0; i < lanes; i++) first[i + 1] = first[i] + packed.counts[i];
  const { at, n, planes } = packed.kind, kind = new Uint8Array(n);
  if (planes) kind.set(bytes.subarray(at, at + n)); // there are fewer than 256 of them
  const gap = column(bytes, packed.gap), length = column(bytes, packed.length);
  const row = column(bytes, packed.row);
  const start = gap, end = new Int32Array(gap.length), longest = new Int32Array(lanes);
  for (let lane = 0; lane < lanes; lane++) {
    let before = 0, most = 0;
    for (let i = first[lane]; i < first[lane + 1]; i++) {
      start[i] = before + gap[i];
      before = end[i] = start[i] + length[i];
      if (length[i] > most) most = length[i];
    }
    longest[lane] = most;
  }
  for (let i = 0; i < row.length; i++) row[i] -= 1;
  return { lanes, first, kind, start, end, row, longest };
}
