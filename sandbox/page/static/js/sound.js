// A short soft tone for messages that arrive with sound, on the phones where it was switched on.

import { keep, kept } from "./state.js";

let audio = null;

export const soundIsOn = (person) => kept(`sound:${person}`) === "on";

export function switchSound(person, isOn) {
  keep(`sound:${person}`, isOn ? "on" : null);
  if (isOn) beep();
}

/** Plays the tone. A browser that wants a click first stays silent, and that is no error. */
export function beep() {
  audio ??= new AudioContext();
  audio.resume().then(play, () => undefined);
}

function play() {
  const start = audio.currentTime;
  const volume = audio.createGain();
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.08, start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.35);
  volume.connect(audio.destination);
  for (const [pitch, delay] of [
    [660, 0],
    [880, 0.09],
  ]) {
    const tone = audio.createOscillator();
    tone.type = "sine";
    tone.frequency.value = pitch;
    tone.connect(volume);
    tone.start(start + delay);
    tone.stop(start + 0.4);
  }
}
