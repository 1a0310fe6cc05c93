"""Audio: session descriptions, RTP, codecs and the engines that move packets."""
