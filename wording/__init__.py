"""Sentences for people, made of kinds and parameters.

Pure functions: values in, text out. Texts from outside are made harmless before they are quoted.
"""
