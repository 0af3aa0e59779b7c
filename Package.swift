// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "emend",
  products: [
    .executable(name: "emend", targets: ["emend"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // C libraries, one wrapper each.
    .systemLibrary(name: "CJSONC", pkgConfig: "json-c", providers: [.apt(["libjson-c-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CInotifyTools", providers: [.apt(["libinotifytools0-dev"])]),
    .target(name: "CLinux"),
    // Opened at run time; only its header is needed here.
    .target(name: "CCurl"),
    .target(
      name: "COpenVINO",
      // Headers come out of the `openvino` wheel; scripts/prepare puts them here.
      cSettings: [.headerSearchPath("../../.emend/openvino/include")]),

    // Arrows point at what is imported; docs/ARCHITECTURE.md explains each target.
    .target(name: "Vectors", swiftSettings: strict),
    .target(
      name: "Inference",
      dependencies: [
        "Vectors", "COpenVINO", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "Records",
      dependencies: [
        "CJSONC", "CZlib", "CZstd", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "Rules",
      dependencies: [
        "Records", .product(name: "Yams", package: "Yams"),
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(name: "Repair", dependencies: ["Vectors"], swiftSettings: strict),
    .target(
      name: "Utility",
      dependencies: ["Vectors", .product(name: "Crypto", package: "swift-crypto")],
      resources: [.embedInCode("Prompts")],
      swiftSettings: strict),
    .target(
      name: "ModelServer", dependencies: ["Utility", "Vectors", "CCurl"], swiftSettings: strict),
    .target(name: "Report", swiftSettings: strict),
    .target(name: "Exports", dependencies: ["Records"], swiftSettings: strict),
    .target(
      name: "Ledger", dependencies: [.product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),
    .target(
      name: "Service", dependencies: [.product(name: "Logging", package: "swift-log")],
      swiftSettings: strict),
    .target(
      name: "Spool",
      dependencies: [
        "Ledger", "CInotifyTools", "CLinux",
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "Pipeline",
      dependencies: [
        "Repair", "Utility", "Exports", "Inference", "Records", "Rules", "Report", "Vectors",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "emend",
      dependencies: [
        "Pipeline", "Repair", "Utility", "ModelServer", "Exports", "Report", "Spool", "Ledger",
        "Service",
        "Records", "Rules",
        "Inference", "Vectors", "CLinux",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),

    // Throws seeded nonsense at the reader: swift run -c release emend-fuzz --seconds 3600 --seed 1
    .executableTarget(name: "emend-fuzz", dependencies: ["Records"], swiftSettings: strict),

    .testTarget(name: "VectorsTests", dependencies: ["Vectors"], swiftSettings: strict),
    .testTarget(
      name: "InferenceTests", dependencies: ["Inference", "Vectors"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "RecordsTests", dependencies: ["Records", "emend-fuzz"], swiftSettings: strict),
    .testTarget(
      name: "RulesTests", dependencies: ["Rules", "Records", "emend-fuzz"], swiftSettings: strict),
    .testTarget(
      name: "RepairTests", dependencies: ["Repair", "Vectors"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "UtilityTests", dependencies: ["Utility", "Injection", "Vectors"],
      resources: [.copy("Fixtures")],
      swiftSettings: strict),
    // Fifty hostile passages, and how often a model selects them: tests, and
    // swift run -c release emend-injection --queries 3
    .target(
      name: "Injection", dependencies: ["Utility"], path: "Tests/Injection", swiftSettings: strict),
    .executableTarget(
      name: "emend-injection",
      dependencies: [
        "Injection", "Inference", "ModelServer", "Pipeline", "Records", "Utility", "Vectors",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    // What tests ask in place of a real server.
    .target(name: "UnrulyServer", path: "Tests/UnrulyServer", swiftSettings: strict),
    .testTarget(
      name: "ModelServerTests", dependencies: ["ModelServer", "Utility", "UnrulyServer"],
      swiftSettings: strict),
    .testTarget(
      name: "PipelineTests",
      dependencies: ["Pipeline", "Inference", "Rules", "Utility", "Vectors"],
      swiftSettings: strict),
    .testTarget(
      name: "ExportsTests", dependencies: ["Exports", "Records"], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(name: "LedgerTests", dependencies: ["Ledger"], swiftSettings: strict),
    .testTarget(
      name: "ServiceTests",
      dependencies: ["Service", .product(name: "Logging", package: "swift-log")],
      swiftSettings: strict),
    .testTarget(
      name: "SpoolTests",
      dependencies: [
        "Spool", "Ledger", .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests", dependencies: ["emend", "Records", "UnrulyServer"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
  ]
)
