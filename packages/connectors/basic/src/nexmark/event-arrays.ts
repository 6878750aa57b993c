/** Texts of a batch, or of a table, as offsets into the pool. */
export interface TextArrays {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Where the generator writes the persons of a batch. */
export interface PersonArrays {
  readonly id: Float64Array;
  readonly time: Float64Array;
  readonly name: TextArrays;
  readonly email: TextArrays;
  readonly card: TextArrays;
  readonly city: TextArrays;
  readonly state: TextArrays;
  readonly extra: TextArrays;
}

/** Where the generator writes the auctions of a batch. */
export interface AuctionArrays {
  readonly id: Float64Array;
  readonly initialBid: Float64Array;
  readonly reserve: Float64Array;
  readonly time: Float64Array;
  readonly expires: Float64Array;
  readonly seller: Float64Array;
  readonly category: Float64Array;
  readonly itemName: TextArrays;
  readonly description: TextArrays;
  readonly extra: TextArrays;
}

/** Where the generator writes the bids of a batch. */
export interface BidArrays {
  readonly auction: Float64Array;
  readonly bidder: Float64Array;
  readonly price: Float64Array;
  readonly time: Float64Array;
  readonly channel: TextArrays;
  readonly url: TextArrays;
  readonly extra: TextArrays;
}
