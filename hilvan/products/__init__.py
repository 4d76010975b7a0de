"""Products: what is sold and bought, goods or services, with the price and the taxes that lines take over.

Members write them down and change them; one that is no longer sold is archived. A product starts opportunities,
incidents and quotes.
"""
