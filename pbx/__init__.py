"""Centrala: a SIP softswitch, IVR and contact-centre exchange."""
