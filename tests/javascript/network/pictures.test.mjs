import assert from "node:assert/strict";
import { test } from "node:test";
import { rowsFor } from "../../../vae_explorer/ui/components/network/chain.js";
import { makeDecoder } from "../../../vae_explorer/ui/components/network/decoder.js";
import { makeEncoder } from "../../../vae_explorer/ui/components/network/encoder.js";
import { made } from "./chained.mjs";
import { near, numbers } from "./numbers.mjs";

const taken = ([channels, height, width]) => ({ channels, height, width });

/** The value at (c, y, x) of a picture, 0 beyond it. */
function at(picture, [, height, width], c, y, x) {
  return y < 0 || x < 0 || y >= height || x >= width ? 0 : picture[(c * height + y) * width + x];
}

/** A convolution, one sum after the other. */
function convolved(picture, shape, weight, bias, { outputs, kernel, stride }) {
  const [channels, ...sides] = shape;
  const half = kernel >> 1;
  const [high, wide] = sides.map((side) => Math.floor((side + 2 * half - kernel) / stride) + 1);
  const out = [];
  for (let o = 0; o < outputs; o++) {
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++) {
        let sum = bias[o];
        for (let c = 0; c < channels; c++) {
          for (let k = 0; k < kernel ** 2; k++) {
            const [ky, kx] = [Math.floor(k / kernel), k % kernel];
            const seen = at(picture, shape, c, y * stride + ky - half, x * stride + kx - half);
            sum += seen * weight[(o * channels + c) * kernel ** 2 + k];
          }
        }
        out.push(sum);
      }
    }
  }
  return out;
}

function repeated(picture, [channels, height, width], factor) {
  const shape = [channels, factor * height, factor * width];
  const values = Array.from({ length: factor ** 2 * picture.length }, (_, i) => {
    const [c, pixel] = [Math.floor(i / shape[1] / shape[2]), i % (shape[1] * shape[2])];
    const [y, x] = [Math.floor(pixel / shape[2]), pixel % shape[2]].map((v) => Math.floor(v / factor));
    return picture[(c * height + y) * width + x];
  });
  return { shape, values };
}

test("convolve: any kernel and stride, zeros beyond the picture", () => {
  for (const shape of [[1, 8, 8], [3, 7, 10], [5, 4, 9]]) {
    for (const [kernel, stride, outputs] of [[1, 1, 2], [3, 1, 9], [3, 2, 4], [5, 2, 8], [4, 2, 3]]) {
      const [weight, bias] = [numbers(shape[0] * outputs * kernel ** 2, 2), numbers(outputs, 3)];
      const picture = numbers(shape[0] * shape[1] * shape[2], 4);
      const operation = { kind: "convolve", ...taken(shape), outputs, kernel, stride, padding: kernel >> 1 };
      const arrays = { "net.0.weight": weight, "net.0.bias": bias };
      const expected = convolved(picture, shape, weight, bias, operation);
      near(made([operation], arrays, shape, picture), expected);
    }
  }
});

test("transposed_convolve: each pixel is spread over the kernel around its place", () => {
  const shape = [3, 4, 5];
  for (const [kernel, stride, outputs] of [[4, 2, 5], [2, 2, 3], [3, 3, 1], [5, 3, 2], [3, 1, 2]]) {
    const weight = numbers(3 * outputs * kernel ** 2, 2);
    const [bias, picture] = [numbers(outputs, 3), numbers(60, 4)];
    const padding = (kernel - stride) / 2;
    const [high, wide] = [stride * 4, stride * 5];
    const expected = Array.from({ length: outputs * high * wide }, (_, i) => bias[Math.floor(i / high / wide)]);
    for (let c = 0; c < 3; c++) for (let y = 0; y < 4; y++) for (let x = 0; x < 5; x++) {
      for (let o = 0; o < outputs; o++) for (let k = 0; k < kernel ** 2; k++) {
        const [row, column] = [y * stride - padding + Math.floor(k / kernel), x * stride - padding + (k % kernel)];
        if (row < 0 || column < 0 || row >= high || column >= wide) continue;
        expected[(o * high + row) * wide + column] +=
          picture[(c * 4 + y) * 5 + x] * weight[(c * outputs + o) * kernel ** 2 + k];
      }
    }
    const operation = { kind: "transposed_convolve", ...taken(shape), outputs, kernel, stride, padding };
    const arrays = { "net.0.weight": weight, "net.0.bias": bias };
    near(made([operation], arrays, shape, picture), expected);
  }
});

test("upsample: each pixel repeated, also where a convolution of it is one step", () => {
  const [shape, picture] = [[3, 4, 5], numbers(60, 4)];
  for (const factor of [2, 3]) {
    const { shape: larger, values } = repeated(picture, shape, factor);
    const upsample = { kind: "upsample", ...taken(shape), factor };
    near(made([upsample], {}, shape, picture), values);
    for (const kernel of [1, 3, 5]) {
      const convolve = { kind: "convolve", ...taken(larger), outputs: 4, kernel, stride: 1, padding: kernel >> 1 };
      const [weight, bias] = [numbers(12 * kernel ** 2, 2), numbers(4, 3)];
      const arrays = { "net.1.weight": weight, "net.1.bias": bias };
      const expected = convolved(values, larger, weight, bias, convolve);
      near(made([upsample, convolve], arrays, shape, picture), expected);
    }
  }
});

const AVERAGES = {
  weight: Float32Array.of(1, 2, -1),
  bias: Float32Array.of(0.5, 0, 1),
  running_mean: Float32Array.of(0.1, -0.2, 0),
  running_var: Float32Array.of(1, 0.25, 4),
};
const named = (i) =>
  Object.fromEntries(Object.entries(AVERAGES).map(([name, values]) => [`net.${i}.${name}`, values]));

/** By the averages above, of pictures of so many pixels. */
function normalized(picture, pixels) {
  return Array.from(picture, (value, i) => {
    const c = Math.floor(i / pixels) % 3;
    const { weight, bias, running_mean: mean, running_var: variance } = AVERAGES;
    return ((value - mean[c]) / Math.sqrt(variance[c] + 1e-5)) * weight[c] + bias[c];
  });
}

test("batch_normalize: by running averages, by itself and as part of the weights before it", () => {
  const shape = [3, 4, 6];
  const picture = numbers(72, 4);
  const batch = { kind: "batch_normalize", ...taken(shape), epsilon: 1e-5 };
  near(made([batch], named(0), shape, picture), normalized(picture, 24));
  const convolve = { kind: "convolve", ...taken(shape), outputs: 3, kernel: 3, stride: 1, padding: 1 };
  const [weight, bias] = [numbers(81, 2), numbers(3, 3)];
  const arrays = { "net.0.weight": weight, "net.0.bias": bias, ...named(1) };
  const expected = normalized(convolved(picture, shape, weight, bias, convolve), 24);
  near(made([convolve, batch], arrays, shape, picture), expected);
  const relu = { kind: "activate", name: "relu" };
  const after = expected.map((value) => Math.max(0, value));
  near(made([convolve, batch, relu], arrays, shape, picture), after);
});

test("group_normalize: groups of channels of each picture", () => {
  const shape = [4, 3, 5];
  const pictures = numbers(120, 4);
  const [weight, bias] = [numbers(4, 2), numbers(4, 3)];
  const operation = { kind: "group_normalize", ...taken(shape), groups: 2, epsilon: 1e-5 };
  const expected = Array.from({ length: 4 }).flatMap((_, group) => {
    const values = Array.from(pictures.subarray(group * 30, (group + 1) * 30));
    const mean = values.reduce((sum, v) => sum + v, 0) / 30;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 30;
    const channel = (i) => 2 * (group % 2) + Math.floor(i / 15);
    const scaled = (v) => (v - mean) / Math.sqrt(variance + 1e-5);
    return values.map((v, i) => scaled(v) * weight[channel(i)] + bias[channel(i)]);
  });
  const arrays = { "net.0.weight": weight, "net.0.bias": bias };
  near(made([operation], arrays, shape, pictures, 2), expected);
});

test("crop: the first rows and columns", () => {
  const pictures = numbers(2 * 3 * 4 * 5, 4);
  const operation = { kind: "crop", channels: 3, height: 4, width: 5, rows: 2, columns: 3 };
  const expected = [];
  for (let plane = 0; plane < 6; plane++) {
    for (let y = 0; y < 2; y++) expected.push(...pictures.slice((plane * 4 + y) * 5, (plane * 4 + y) * 5 + 3));
  }
  near(made([operation], {}, [3, 4, 5], pictures, 2), expected);
});

test("reshape: channels are slowest in a list, to it and back", () => {
  const pictures = numbers(2 * 3 * 4 * 5, 4);
  const flat = [{ kind: "reshape", shape: [60] }];
  near(made(flat, {}, [3, 4, 5], pictures, 2), pictures);
  const back = [...flat, { kind: "reshape", shape: [3, 4, 5] }, { kind: "crop", ...taken([3, 4, 5]), rows: 4, columns: 5 }];
  near(made(back, {}, [3, 4, 5], pictures, 2), pictures);
});

test("a residual on pictures", () => {
  const convolve = { kind: "convolve", channels: 2, height: 3, width: 4, outputs: 2, kernel: 3, stride: 1, padding: 1 };
  const [weight, bias] = [numbers(36, 2), numbers(2, 3)];
  const picture = numbers(24, 4);
  const arrays = { "net.0.inner.0.weight": weight, "net.0.inner.0.bias": bias };
  const change = convolved(picture, [2, 3, 4], weight, bias, convolve);
  const expected = change.map((value, i) => value + picture[i]);
  near(made([{ kind: "residual", operations: [convolve] }], arrays, [2, 3, 4], picture), expected);
});

test("pictures leave a decoder, and enter an encoder, with their colours last", () => {
  const identity = (n) => Float32Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0));
  const linear = { kind: "linear", inputs: 12, outputs: 12 };
  const spec = { operations: [linear], latent: 12, classes: 0, shape: [3, 2, 2], cost: 0, logvar: null };
  const weights = (part) => ({ [`${part}.0.weight`]: identity(12), [`${part}.0.bias`]: new Float32Array(12) });
  const z = numbers(12, 2);
  const picture = makeDecoder(spec, weights("decoder")).decode(z);
  near(picture.slice(0, 3).map((p) => Math.log(p / (1 - p))), [z[0], z[4], z[8]]);
  const { mu } = makeEncoder(spec, weights("encoder")).encode(picture);
  near(mu.map((p) => Math.log(p / (1 - p))), z);
});

test("fewer pictures are computed at once where they are large", () => {
  const upsample = (side) => ({ kind: "upsample", channels: 32, height: side, width: side, factor: 2 });
  assert.equal(rowsFor([{ kind: "linear", inputs: 1, outputs: 1 }]), 32);
  assert.equal(rowsFor([upsample(32)]), 2);
  assert.equal(rowsFor([upsample(4), upsample(128)]), 1);
});

test("pictures that do not fit are refused in one sentence", () => {
  const crop = { kind: "crop", channels: 2, height: 4, width: 4, rows: 2, columns: 2 };
  assert.throws(() => made([crop], {}, [1, 4, 4], numbers(16)), /net.0 should take 1 x 4 x 4 numbers, not 2 x 4 x 4/);
  const linear = { kind: "linear", inputs: 16, outputs: 1 };
  assert.throws(() => made([linear], {}, [1, 4, 4], numbers(16)), /should take 1 x 4 x 4 numbers/);
  assert.throws(() => made([{ kind: "reshape", shape: [16] }, { kind: "reshape", shape: [15] }], {}, [1, 4, 4], numbers(16)), /to lay out/);
});
