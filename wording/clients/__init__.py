"""What clients read behind links and in reports, in each language of the letters."""
