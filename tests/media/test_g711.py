"""G.711 against the standard library's, for every value there is."""

import sys
import warnings

import numpy as np
import pytest

from media.codecs.g711 import (
    ALAW_TO_ULAW,
    FRAME,
    ULAW_SILENCE,
    ULAW_TO_ALAW,
    decode_alaw,
    decode_ulaw,
    encode_alaw,
    encode_ulaw,
)

CODES = np.arange(256, dtype=np.uint8)
SAMPLES = np.arange(-32768, 32768).astype(np.int16)


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="audioop went with 3.13")
def test_every_value_is_coded_as_audioop_codes_it() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import audioop
    assert decode_ulaw(CODES).tobytes() == audioop.ulaw2lin(CODES.tobytes(), 2)
    assert decode_alaw(CODES).tobytes() == audioop.alaw2lin(CODES.tobytes(), 2)
    assert encode_ulaw(SAMPLES).tobytes() == audioop.lin2ulaw(SAMPLES.tobytes(), 2)
    assert encode_alaw(SAMPLES).tobytes() == audioop.lin2alaw(SAMPLES.tobytes(), 2)


def test_the_ends_of_the_scales_are_those_of_the_recommendation() -> None:
    """G.711 tables 1 and 2, in 16-bit steps: 8031 of 14 bits, 4032 of 13 bits."""
    assert decode_ulaw(np.array([0x00, 0x80, 0x7F, 0xFF], np.uint8)).tolist() == [-32124, 32124, 0, 0]
    assert decode_alaw(np.array([0x2A, 0xAA, 0x55, 0xD5], np.uint8)).tolist() == [-32256, 32256, -8, 8]


def test_codes_survive_decoding_and_encoding() -> None:
    assert (encode_alaw(decode_alaw(CODES)) == CODES).all()
    again = encode_ulaw(decode_ulaw(CODES))
    assert np.flatnonzero(again != CODES).tolist() == [0x7F]  # the two zeroes of mu-law become one


def test_no_sample_moves_further_than_half_a_step_of_its_segment() -> None:
    for encode, decode, top, bias in (
        (encode_ulaw, decode_ulaw, 32124, 132),
        (encode_alaw, decode_alaw, 32256, 0),
    ):
        inside = SAMPLES[np.abs(SAMPLES.astype(np.int32)) <= top].astype(np.int32)
        error = np.abs(decode(encode(inside.astype(np.int16))).astype(np.int32) - inside)
        assert (error <= np.maximum(np.abs(inside) + bias, 256) / 32 + 4).all()


def test_changing_law_costs_at_most_a_step() -> None:
    ulaw, alaw = decode_ulaw(CODES).astype(np.int32), decode_alaw(CODES).astype(np.int32)
    to_alaw = decode_alaw(np.frombuffer(CODES.tobytes().translate(ULAW_TO_ALAW), np.uint8))
    to_ulaw = decode_ulaw(np.frombuffer(CODES.tobytes().translate(ALAW_TO_ULAW), np.uint8))
    assert (np.abs(to_alaw - ulaw) <= np.maximum(np.abs(ulaw) / 28, 8)).all()
    assert (np.abs(to_ulaw - alaw) <= np.maximum(np.abs(alaw) / 28, 8)).all()


def test_silence_is_silent_and_a_frame_long() -> None:
    assert len(ULAW_SILENCE) == FRAME == 160
    assert not decode_ulaw(np.frombuffer(ULAW_SILENCE, np.uint8)).any()
    alaw = ULAW_SILENCE.translate(ULAW_TO_ALAW)
    assert alaw == b"\xd5" * FRAME
    assert np.abs(decode_alaw(np.frombuffer(alaw, np.uint8))).max() == 8


def test_a_matrix_of_frames_is_coded_as_one() -> None:
    frames = np.arange(320, dtype=np.uint8).reshape(2, 160)
    assert decode_ulaw(frames).shape == (2, 160)
    assert encode_alaw(decode_alaw(frames)).tolist() == frames.tolist()
