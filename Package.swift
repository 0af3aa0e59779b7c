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
    .executable(name: "emend", targets: ["emend"]),
    .executable(name: "emend-events", targets: ["emend-events"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swhitty/FlyingFox", exact: "0.27.1"),
  ],
  targets: [
    // C libraries, one wrapper each.
    .systemLibrary(name: "CJSONC", pkgConfig: "json-c", providers: [.apt(["libjson-c-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(name: "CLinux"),
    .target(name: "CKernels"),
    // Opened at run time; only its header is needed here.
    .target(name: "CCurl"),
    .target(
      name: "COpenVINO",
      // Headers come out of the `openvino` wheel; scripts/setup/prepare puts them here.
      cSettings: [.headerSearchPath("../../.emend/openvino/include")]),

    // Arrows point at what is imported; docs/ARCHITECTURE.md explains each target.
    .target(name: "Concurrency", swiftSettings: strict),
    .target(name: "Vectors", dependencies: ["CKernels", "Concurrency"], swiftSettings: strict),
    .target(
      name: "Digests", dependencies: [.product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),
    .target(name: "Assessments", swiftSettings: strict),
    .target(name: "Evaluation", swiftSettings: strict),
    .target(name: "Messages", swiftSettings: strict),

    .target(name: "ModelInterfaces", dependencies: ["Vectors"], swiftSettings: strict),
    .target(name: "Tokenizers", dependencies: ["ModelInterfaces"], swiftSettings: strict),
    .target(
      name: "ModelCatalogue", dependencies: ["Digests", "ModelInterfaces", "Tokenizers"],
      swiftSettings: strict),
    .target(
      name: "OpenVINOBackend",
      dependencies: [
        "COpenVINO", "Concurrency", "Digests", "ModelCatalogue", "ModelInterfaces", "Tokenizers",
        "Vectors",
      ],
      swiftSettings: strict),
    .target(
      name: "ModelServer", dependencies: ["CCurl", "Concurrency", "ModelInterfaces"],
      swiftSettings: strict),

    .target(
      name: "Records",
      dependencies: ["Assessments", "CJSONC", "CZlib", "CZstd", "Concurrency", "Digests"],
      swiftSettings: strict),
    .target(
      name: "Rules",
      dependencies: [
        "Assessments", "Digests", "ModelInterfaces", "Records",
        .product(name: "Yams", package: "Yams"),
      ],
      resources: [.embedInCode("Presets")],
      swiftSettings: strict),
    .target(
      name: "Decisions", dependencies: ["Assessments", "Records"], swiftSettings: strict),
    .target(
      name: "LabelQuality", dependencies: ["Assessments", "Concurrency", "Vectors"],
      swiftSettings: strict),
    .target(name: "PassageUtility", dependencies: ["Digests", "Vectors"], swiftSettings: strict),
    .target(
      name: "Mining",
      dependencies: [
        "Assessments", "Concurrency", "ModelInterfaces", "PassageUtility", "Records", "Vectors",
      ],
      swiftSettings: strict),
    .target(
      name: "ModelJudging", dependencies: ["Digests", "ModelInterfaces"],
      resources: [.embedInCode("Prompts/Texts")], swiftSettings: strict),
    .target(
      name: "Report", dependencies: ["Assessments", "Messages", "Records"], swiftSettings: strict),
    .target(
      name: "HTMLReport", dependencies: ["Assessments", "Digests", "Messages", "Report"],
      resources: [.embedInCode("Assets")], swiftSettings: strict),
    .target(
      name: "Exports", dependencies: ["Assessments", "Decisions", "Records"], swiftSettings: strict),
    .target(
      name: "Pipeline",
      dependencies: [
        "Assessments", "Concurrency", "Decisions", "Digests", "Exports", "LabelQuality",
        "ModelInterfaces", "ModelJudging", "PassageUtility", "Records", "Report", "Rules",
        "Vectors",
      ],
      swiftSettings: strict),

    .target(
      name: "AtomicFiles",
      dependencies: [
        "CLinux", "Digests", .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),
    .target(
      name: "Spool",
      dependencies: [
        "AtomicFiles", "CLinux", "Concurrency", "Messages",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),
    .target(
      name: "Service",
      dependencies: ["Messages", .product(name: "Logging", package: "swift-log")],
      swiftSettings: strict),

    .target(
      name: "ReviewQueue",
      dependencies: [
        "Assessments", "AtomicFiles", "Decisions", "Records", "Report",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),
    .target(
      name: "ReviewServer",
      dependencies: [
        "ReviewQueue", .product(name: "FlyingFox", package: "FlyingFox"),
        .product(name: "FlyingSocks", package: "FlyingFox"),
      ],
      resources: [.embedInCode("Assets")],
      swiftSettings: strict),

    .target(
      name: "EmendCommands",
      dependencies: [
        "Assessments", "AtomicFiles", "CLinux", "Decisions", "Digests", "Evaluation", "Exports",
        "HTMLReport", "Messages", "Mining",
        "ModelCatalogue", "ModelInterfaces", "ModelServer", "OpenVINOBackend", "Pipeline",
        "Records", "Report", "ReviewQueue", "ReviewServer", "Rules", "Service", "Spool", "Vectors",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),
    .executableTarget(name: "emend", dependencies: ["EmendCommands"], swiftSettings: strict),

    // Tells the daemon of events in its inbox. A program of its own because libinotifytools
    // (apt-get install libinotifytools0-dev) is under version 2 of the GPL: nothing else may link it,
    // and Swift's runtime, whose licence is at odds with that one, must not be linked with it.
    .executableTarget(
      name: "emend-events", exclude: ["LICENSE"],
      linkerSettings: [
        .linkedLibrary("inotifytools"),
        .unsafeFlags(["-nostartfiles", "-static-stdlib"]),
      ]),

    // Gives the reader random files, made from a seed: swift run -c release emend-fuzz --seconds 3600 --seed 1
    .executableTarget(
      name: "emend-fuzz", dependencies: ["Assessments", "Concurrency", "Records"],
      swiftSettings: strict),
    // The inner loops on made input, whose instructions scripts/check/instructions.py counts.
    .executableTarget(
      name: "emend-kernels",
      dependencies: [
        "Assessments", "CKernels", "Concurrency", "LabelQuality", "OpenVINOBackend",
        "PassageUtility",
        "Records", "Tokenizers", "Vectors",
      ],
      swiftSettings: strict),
    // Fifty hostile passages, and how often a model selects them: tests, and
    // swift run -c release emend-injection --queries 3
    .target(
      name: "Injection", dependencies: ["ModelInterfaces", "ModelJudging"], path: "Tests/Injection",
      swiftSettings: strict),
    .executableTarget(
      name: "emend-injection",
      dependencies: [
        "Concurrency", "Injection", "ModelCatalogue", "ModelInterfaces",
        "ModelServer", "OpenVINOBackend", "Records",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    // Which tests run, and how long they wait.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    // What tests ask in place of a real server.
    .target(
      name: "UnrulyServer", dependencies: ["TestSupport"], path: "Tests/UnrulyServer",
      swiftSettings: strict),

    .testTarget(
      name: "VectorsTests", dependencies: ["Concurrency", "Vectors"], swiftSettings: strict),
    .testTarget(
      name: "MiningTests",
      dependencies: [
        "Concurrency", "Mining", "ModelInterfaces", "PassageUtility", "Records", "Vectors",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ModelCatalogueTests",
      dependencies: ["ModelCatalogue", "ModelInterfaces", "Tokenizers"], swiftSettings: strict),
    .testTarget(
      name: "DecisionsTests",
      dependencies: ["Assessments", "Decisions", "Records", "TestSupport"],
      swiftSettings: strict),
    .testTarget(name: "EvaluationTests", dependencies: ["Evaluation"], swiftSettings: strict),
    .testTarget(
      name: "ReportTests", dependencies: ["Assessments", "Report"], swiftSettings: strict),
    .testTarget(
      name: "HTMLReportTests", dependencies: ["Assessments", "HTMLReport", "Report"],
      swiftSettings: strict),
    .testTarget(
      name: "OpenVINOBackendTests",
      dependencies: [
        "Concurrency", "Digests", "ModelCatalogue", "ModelInterfaces", "OpenVINOBackend",
        "TestSupport", "Tokenizers", "Vectors",
      ],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "RecordsTests",
      dependencies: ["Assessments", "Digests", "Records", "TestSupport", "emend-fuzz"],
      swiftSettings: strict),
    .testTarget(
      name: "RulesTests",
      dependencies: ["Assessments", "ModelInterfaces", "Records", "Rules", "emend-fuzz"],
      swiftSettings: strict),
    .testTarget(
      name: "LabelQualityTests",
      dependencies: ["Assessments", "Concurrency", "LabelQuality", "Vectors"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "PassageUtilityTests", dependencies: ["Concurrency", "PassageUtility", "Vectors"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
    .testTarget(
      name: "ModelJudgingTests",
      dependencies: ["Concurrency", "Injection", "ModelInterfaces", "ModelJudging", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ModelServerTests",
      dependencies: ["ModelInterfaces", "ModelServer", "TestSupport", "UnrulyServer"],
      swiftSettings: strict),
    .testTarget(
      name: "PipelineTests",
      dependencies: [
        "Assessments", "Concurrency", "Decisions", "Exports", "LabelQuality", "ModelInterfaces",
        "ModelJudging", "PassageUtility", "Pipeline", "Records", "Report", "Rules", "Vectors",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ExportsTests", dependencies: ["Assessments", "Decisions", "Exports", "Records"],
      exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "LedgerTests", dependencies: ["Spool", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "ReviewQueueTests",
      dependencies: [
        "Assessments", "AtomicFiles", "Decisions", "Records", "Report", "ReviewQueue",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ReviewServerTests",
      dependencies: [
        "AtomicFiles", "Decisions", "Records", "Report", "ReviewQueue", "ReviewServer",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ServiceTests",
      dependencies: ["Messages", "Service", .product(name: "Logging", package: "swift-log")],
      swiftSettings: strict),
    .testTarget(
      name: "SpoolTests",
      dependencies: [
        "AtomicFiles", "Concurrency", "Spool", "TestSupport", "emend-events",
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "Logging", package: "swift-log"),
      ], swiftSettings: strict),
    // Compares the documents with the sources and the manifest; it reads files and links nothing.
    .testTarget(
      name: "DocumentTests", dependencies: ["Assessments"], swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["emend", "emend-events", "Records", "Rules", "TestSupport", "UnrulyServer"],
      resources: [.copy("Fixtures")], swiftSettings: strict),
  ]
)
