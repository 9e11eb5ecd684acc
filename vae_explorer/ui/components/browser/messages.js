// What the pad and its invisible companions tell each other, over the page's channel.

export const MODEL = "vae-explorer:model"; // detail: {pad, model | null}, the unpacked blob
export const PICTURE = "vae-explorer:picture"; // detail: {file}, dropped on the pad
