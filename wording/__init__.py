"""Sentences for people, made of kinds and parameters.

Pure: values in, text out; what a stranger wrote is inert in it.
"""
